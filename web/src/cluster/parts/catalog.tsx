import type { UseQueryResult } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input } from '../../ui/field';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import styles from './catalog.module.css';

export interface CatalogProps<Row> {
  /** What the rows are, one and many: "definition", "definitions". */
  one: string;
  many: string;
  query: UseQueryResult<readonly Row[]>;
  /** What tells the rows apart; they are sorted by it. */
  nameOf: (row: Row) => string;
  /** What the search looks into beside the name. */
  textOf?: (row: Row) => string | undefined;
  /** Address of the row's page. */
  pathOf?: (row: Row) => string;
  columns: readonly Column<Row>[];
  /** Stands in a card of its own while there are no rows at all. */
  empty: ReactNode;
}

/** Everything of one kind, by name, with a search that lives in the address. */
export function Catalog<Row>({ query, many, empty, ...rest }: CatalogProps<Row>) {
  return (
    <Loaded query={query} what={many} skeleton={<Skeleton height={420} />}>
      {(rows) => (rows.length === 0 ? <Card>{empty}</Card> : <Rows rows={rows} many={many} {...rest} />)}
    </Loaded>
  );
}

type RowsProps<Row> = Omit<CatalogProps<Row>, 'query' | 'empty'> & { rows: readonly Row[] };

function Rows<Row>({ rows, one, many, nameOf, textOf, pathOf, columns }: RowsProps<Row>) {
  const [text, setText] = useAddressState('q');
  const navigate = useNavigate();
  const wanted = text.trim().toLowerCase();
  const found = rows
    .filter((row) => `${nameOf(row)} ${textOf?.(row) ?? ''}`.toLowerCase().includes(wanted))
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const search = `Find ${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`;
  return (
    <>
      <Input
        type="search"
        className={styles.search}
        placeholder={search}
        aria-label={search}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Card flush>
        <Table
          label={many.charAt(0).toUpperCase() + many.slice(1)}
          columns={columns}
          rows={found}
          rowKey={nameOf}
          {...(pathOf && { onOpen: (row: Row) => void navigate(pathOf(row)) })}
          empty={
            <EmptyState
              icon={<SearchX size={32} aria-hidden />}
              title={`No ${one} matches`}
              action={<Button onClick={() => setText('')}>Show all</Button>}
            >
              Nothing in the {rows.length === 1 ? `only ${one}` : `${rows.length} ${many}`} matches “
              {text.trim()}”.
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

/** The first cell of a row: its name, leading to its page, and what it is for. */
export function NameCell({
  name,
  to,
  description,
}: {
  name: string;
  to?: string;
  description?: string | undefined;
}) {
  return (
    <span className={styles.name}>
      {to === undefined ? <span className={styles.word}>{name}</span> : <Link to={to}>{name}</Link>}
      {description && <span className={styles.description}>{description}</span>}
    </span>
  );
}
