import { X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button';
import { Menu, MenuItem } from '../../ui/menu';
import { bulkActions, bulkWords } from '../bulk';
import type { BulkAction } from '../client/commands';
import { needs } from '../rights';
import type { ExecutionSearch } from '../search';
import styles from './bulk-bar.module.css';
import { BulkDialog } from './bulk-dialog';
import { useRights } from './require-access';

export interface BulkBarProps {
  search: ExecutionSearch;
  selected: ReadonlySet<string>;
  /** Everything that the search finds is meant, not only what is selected. */
  all: boolean;
  total: number;
  /** How many of the rows in view can be selected. */
  rows: number;
  onAll: () => void;
  onClear: () => void;
}

/** What can be done to the executions that are selected. */
export function BulkBar({ search, selected, all, total, rows, onAll, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<BulkAction>();
  const count = all ? total : selected.size;
  const rights = useRights();
  const whyNot = (action: BulkAction) => rights.lacks(action === 'remove' ? needs.remove() : needs.operate());
  return (
    <section className={styles.bar} aria-label="Selected executions">
      <span role="status">
        {count.toLocaleString()} selected{all && ': everything that the search finds'}
      </span>
      {!all && selected.size === rows && total > rows && (
        <Button size="small" kind="quiet" onClick={onAll}>
          {`Select all ${total.toLocaleString()}`}
        </Button>
      )}
      <span className={styles.actions}>
        {bulkActions.slice(0, 3).map((action) => (
          <span key={action} className={styles.wide}>
            <Button size="small" disabledReason={whyNot(action)} onClick={() => setAsked(action)}>
              {`${bulkWords[action].verb} …`}
            </Button>
          </span>
        ))}
        <Menu trigger={<Button size="small">More …</Button>}>
          {bulkActions.map((action) => (
            <MenuItem
              key={action}
              danger={bulkWords[action].danger ?? false}
              disabledReason={whyNot(action)}
              onSelect={() => setAsked(action)}
            >
              {bulkWords[action].verb}
            </MenuItem>
          ))}
        </Menu>
        <IconButton size="small" label="Select none" onClick={onClear}>
          <X aria-hidden />
        </IconButton>
      </span>
      {asked && (
        <BulkDialog
          action={asked}
          target={all ? { search, total } : { ids: [...selected] }}
          onClose={(finished) => {
            setAsked(undefined);
            if (finished) onClear();
          }}
        />
      )}
    </section>
  );
}
