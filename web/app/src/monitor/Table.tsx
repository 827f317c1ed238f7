// A table of a board: a title with a count, heads that sort, and the states every list has.
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.ts';
import { IconButton, Select, Skeleton } from '../parts/index.tsx';
import s from './monitor.module.css';
import type { Sorting } from './search.ts';
import { words } from './words.ts';

export interface BoardColumn<R> {
  id: string;
  head: string;
  cell: (row: R) => ReactNode;
  text?: (row: R) => string; // of the cell, in a file
  end?: boolean;
  sort?: boolean;
  hideHead?: boolean;
}

interface Props<R> {
  title: string;
  heading?: ReactNode; // in place of the title and the count
  aside?: ReactNode;
  rows: readonly R[] | undefined;
  rowKey: (row: R) => number;
  columns: readonly BoardColumn<R>[];
  empty: ReactNode;
  className?: string;
  wide?: boolean;
  sorting?: Sorting;
  onSort?: (next: Sorting) => void;
  current?: (row: R) => boolean;
  open?: (row: R) => void;
  more?: ReactNode;
}

export function BoardTable<R>({ title, heading, aside, rows, rowKey, columns, empty, className, wide, sorting, onSort, current, open, more }: Props<R>) {
  const say = useWords(words);
  return (
    <section className={`${s.board} ${className ?? ''}`} aria-label={title} data-wide={wide || undefined}>
      <header>
        {heading ?? (
          <h2>
            {title} <span>{rows?.length}</span>
          </h2>
        )}
        {aside}
        {sorting && onSort && <SortBy columns={columns.filter((c) => c.sort)} sorting={sorting} onSort={onSort} />}
      </header>
      <div className={s.tableBox} role="group" aria-label={title} tabIndex={0}>
        <table role="table" aria-label={title} aria-busy={rows === undefined || undefined}>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((c) => (
                <th key={c.id} role="columnheader" scope="col" data-col={c.id} data-end={c.end || undefined} aria-sort={sorting?.by === c.id ? (sorting.down ? 'descending' : 'ascending') : undefined}>
                  {c.sort && onSort ? (
                    <button type="button" onClick={() => onSort({ by: c.id, down: sorting?.by === c.id ? !sorting.down : false })}>
                      {c.head}
                      {sorting?.by === c.id && (sorting.down ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />)}
                    </button>
                  ) : (
                    <span data-hidden={c.hideHead || undefined}>{c.head}</span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows?.map((row) => (
              <tr key={rowKey(row)} role="row" data-current={current?.(row) || undefined} data-opens={open ? true : undefined} onClick={open && ((e) => !(e.target as HTMLElement).closest('a, button') && open(row))}>
                {columns.map((c) => (
                  <td key={c.id} role="cell" data-end={c.end || undefined} data-col={c.id} data-label={c.head}>
                    {c.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
            {rows === undefined &&
              Array.from({ length: 4 }, (_, i) => (
                <tr key={i} role="row">
                  {columns.map((c) => (
                    <td key={c.id} role="cell">
                      <Skeleton width="70%" height={12} />
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
        {rows?.length === 0 && <div className={s.none}>{empty}</div>}
        {rows === undefined && <span data-hidden role="status">{say('loading')}</span>}
        {more}
      </div>
    </section>
  );
}

// SortBy stands in for the heads where rows are cards (styles/narrow.css).
function SortBy({ columns, sorting, onSort }: { columns: readonly { id: string; head: string }[]; sorting: Sorting; onSort: (next: Sorting) => void }) {
  const say = useWords(words);
  return (
    <div className={s.sortBy}>
      <Select label={say('sortBy')} value={sorting.by} onChange={(by) => onSort({ by, down: sorting.down })} options={columns.map((c) => ({ value: c.id, label: say('sortBy.col', { col: c.head }) }))} />
      <IconButton icon={sorting.down ? ArrowDown : ArrowUp} label={say(sorting.down ? 'sort.down' : 'sort.up')} onClick={() => onSort({ by: sorting.by, down: !sorting.down })} />
    </div>
  );
}
