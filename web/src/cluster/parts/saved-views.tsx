import { Bookmark, BookmarkMinus, BookmarkPlus } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Input } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { paths } from '../paths';
import { useSavedViews } from '../saved-views';
import { type ExecutionSearch, isNarrowed, writeSearch } from '../search';
import { useInfo } from './require-access';

/** Searches that were given a name, kept in this browser. */
export function SavedViews({ search }: { search: ExecutionSearch }) {
  const [views, keep] = useSavedViews(useInfo().clusterId);
  const [saving, setSaving] = useState(false);
  const toast = useToast();
  const query = writeSearch({ ...search, page: 1 }).toString();
  const current = views.find((view) => view.query === query);
  return (
    <>
      <Menu trigger={<Button icon={<Bookmark aria-hidden />}>{current?.name ?? 'Views'}</Button>}>
        {views.length > 0 && <MenuLabel>Saved in this browser</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.name} asChild>
            <Link to={`${paths.executions()}?${view.query}`} aria-current={view === current || undefined}>
              {view.name}
            </Link>
          </MenuItem>
        ))}
        {views.length > 0 && <MenuSeparator />}
        {current ? (
          <MenuItem
            icon={<BookmarkMinus aria-hidden />}
            onSelect={() => {
              keep(views.filter((view) => view !== current));
              toast({ kind: 'success', title: `View ${current.name} forgotten` });
            }}
          >
            Forget “{current.name}”
          </MenuItem>
        ) : (
          <MenuItem
            icon={<BookmarkPlus aria-hidden />}
            {...(!isNarrowed(search) && { disabledReason: 'Nothing is searched for yet' })}
            onSelect={() => setSaving(true)}
          >
            Save this search …
          </MenuItem>
        )}
      </Menu>
      <ConfirmDialog
        open={saving}
        onOpenChange={setSaving}
        title="Save this search"
        confirm="Save"
        fields={
          <Field name="name" label="Name">
            <Input autoComplete="off" maxLength={60} />
          </Field>
        }
        onConfirm={async ({ name: typed = '' }) => {
          const name = typed.trim();
          if (name === '') throw new FormRefused({ fields: { name: 'Give it a name.' } });
          keep([...views.filter((view) => view.name !== name), { name, query }]);
          toast({ kind: 'success', title: `View ${name} saved` });
        }}
      >
        It is kept in this browser, for this cluster. A view of the same name is replaced. To share a search,
        send its address.
      </ConfirmDialog>
    </>
  );
}
