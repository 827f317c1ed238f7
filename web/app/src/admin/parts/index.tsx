// What the pages of the administration are made of.
import { CircleAlert, Search, X } from 'lucide-react';
import { Fragment, useId, useLayoutEffect, useRef, useState, type FormEvent, type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes } from 'react';
import { useWords } from '../../i18n/index.ts';
import { aria } from '../../keys/registry.ts';
import { useKey } from '../../keys/useKey.ts';
import { Button, EmptyState, ErrorState, IconButton, Kbd, Skeleton } from '../../parts/index.tsx';
import { Modal } from '../../parts/modal.tsx';
import { useTyped } from '../../parts/typed.ts';
import { words } from '../words.ts';
import s from './parts.module.css';

export { useAction, type Action } from './action.ts';
export { s as adminStyles };

// Page is a page with one scrolling column: head, tools, content.
export function Page({ title, about, actions, tools, children, foot, narrow }: { title: string; about?: ReactNode; actions?: ReactNode; tools?: ReactNode; children: ReactNode; foot?: ReactNode; narrow?: boolean }) {
  return (
    <div className={s.page} data-pane tabIndex={-1}>
      <header className={s.head}>
        <h1>{title}</h1>
        {about && <p>{about}</p>}
        {actions && <div className={s.actions}>{actions}</div>}
      </header>
      {tools && <div className={s.tools}>{tools}</div>}
      <div className={s.scroll} data-narrow={narrow} tabIndex={0} role="region" aria-label={title}>
        {children}
      </div>
      {foot}
    </div>
  );
}

export function PageSkeleton() {
  const say = useWords(words);
  return (
    <div className={s.page} role="status" aria-label={say('load.loading')}>
      <header className={s.head}>
        <Skeleton width={180} height={28} />
      </header>
      <div className={s.skeletons}>
        {[3, 2, 3].map((rows, i) => (
          <Fragment key={i}>
            <Skeleton width={110} height={14} />
            <div className={s.skeletonRows}>
              {Array.from({ length: rows }, (_, k) => (
                <div key={k} className={s.skeletonRow}>
                  <Skeleton width={k % 2 ? 180 : 140} height={14} />
                  <Skeleton width={240} height={28} />
                </div>
              ))}
            </div>
          </Fragment>
        ))}
      </div>
    </div>
  );
}

export interface Column<R> {
  id: string;
  head: ReactNode; // an empty head has a name for screen readers in `name`
  name?: string;
  cell: (row: R) => ReactNode;
  align?: 'end';
  width?: string;
  short?: boolean; // stays on one line
  spare?: boolean; // left out where there is little room
}

interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[] | undefined; // undefined: not here yet
  rowKey: (row: R) => string | number;
  error?: unknown;
  retry?: () => void;
  empty: ReactNode; // why there is nothing, and the one next thing to do
  filter?: { query: string; chosen?: boolean; clear: () => void }; // what was typed, and whether something was chosen besides
  open?: (row: R) => void; // a click on the row; the row's own button or link does the same by keyboard
  current?: (row: R) => boolean;
}

// Table has the states every list has: loading, failed, empty, filtered to nothing.
export function Table<R>({ label, columns, rows, rowKey, error, retry, empty, filter, open, current }: TableProps<R>) {
  const say = useWords(words);
  const title = columns.findIndex((c) => c.id !== 'select');
  // part is what a cell is on a phone, where a row is a card: its title, its buttons, or a labelled line.
  const part = (c: Column<R>, i: number) => (c.id === 'select' ? 'select' : i === title ? 'title' : c.name ? 'act' : 'line');
  if (rows === undefined && error) return <ErrorState title={say('load.failed')} error={error} retry={retry} />;
  if (rows?.length === 0) {
    if (!filter?.query && !filter?.chosen) return <EmptyState>{empty}</EmptyState>;
    return (
      <EmptyState title={filter.query && !filter.chosen ? say('filter.none', { query: filter.query }) : say('filter.nothing')}>
        <Button onClick={filter.clear}>{say('filter.clear')}</Button>
      </EmptyState>
    );
  }
  return (
    <table className={s.table} role="table" aria-label={label} aria-busy={rows === undefined || undefined}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((c) => (
            <th key={c.id} role="columnheader" scope="col" data-align={c.align} data-spare={c.spare} data-select={c.id === 'select' || undefined} style={c.width ? { width: c.width } : undefined}>
              {c.name ? <span data-hidden>{c.name}</span> : c.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows === undefined
          ? Array.from({ length: 5 }, (_, i) => (
              <tr key={i} role="row">
                {columns.map((c, k) => (
                  <td key={c.id} role="cell" data-part={part(c, k)} data-label={typeof c.head === 'string' ? c.head : undefined} data-align={c.align} data-spare={c.spare}>
                    <Skeleton width="70%" height={14} />
                  </td>
                ))}
              </tr>
            ))
          : rows.map((row) => (
              <tr
                key={rowKey(row)}
                role="row"
                data-open={open ? true : undefined}
                data-current={current?.(row) || undefined}
                onClick={open && ((e) => !(e.target as HTMLElement).closest('a, button, input, label, select') && open(row))}
              >
                {columns.map((c, k) => (
                  <td key={c.id} role="cell" data-part={part(c, k)} data-label={typeof c.head === 'string' ? c.head : undefined} data-align={c.align} data-short={c.short} data-spare={c.spare}>
                    {part(c, k) === 'line' ? <div>{c.cell(row)}</div> : c.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
      </tbody>
    </table>
  );
}

// Filter is the field above a list; / leads to it.
export function Filter({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) {
  const ref = useRef<HTMLInputElement>(null);
  const [typed, type] = useTyped(value, onChange);
  useKey('filter', () => ref.current?.focus());
  return (
    <label className={s.filter}>
      <Search aria-hidden />
      <input ref={ref} type="search" aria-label={label} aria-keyshortcuts={aria('filter')} placeholder={label} value={typed} onChange={(e) => type(e.target.value)} />
      <Kbd id="filter" />
    </label>
  );
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  optional?: boolean;
  hideLabel?: boolean;
}

interface Described {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

// Field gives a control its name, its hint and the reason why it was refused.
export function Field({ label, hint, error, optional, hideLabel, children }: FieldProps & { children: (described: Described) => ReactNode }) {
  const say = useWords(words);
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={s.field}>
      <label htmlFor={id} data-hidden={hideLabel || undefined}>
        {label}
        {optional && <small> {say('field.optional')}</small>}
      </label>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': about || undefined })}
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {hint && (
        <p className={s.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p className={s.error} id={id} role="alert">
      <CircleAlert aria-hidden />
      <span>{children}</span>
    </p>
  );
}

type TextFieldProps = FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> & { value: string; onChange: (value: string) => void; ref?: Ref<HTMLInputElement> };

export function TextField({ label, hint, error, optional, hideLabel, value, onChange, ...rest }: TextFieldProps) {
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(described) => <input className={s.input} type="text" {...rest} {...described} value={value} onChange={(e) => onChange(e.target.value)} />}
    </Field>
  );
}

type TextAreaProps = FieldProps & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange' | 'value'> & { value: string; onChange: (value: string) => void; ref?: Ref<HTMLTextAreaElement> };

export function TextArea({ label, hint, error, optional, hideLabel, value, onChange, ...rest }: TextAreaProps) {
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(described) => <textarea className={s.input} rows={3} {...rest} {...described} value={value} onChange={(e) => onChange(e.target.value)} />}
    </Field>
  );
}

export function SelectField<V extends string>({ label, hint, error, hideLabel, optional, value, options, onChange, disabled }: FieldProps & { value: V; options: readonly { value: V; label: string }[]; onChange: (value: V) => void; disabled?: boolean }) {
  return (
    <Field {...{ label, hint, error, optional, hideLabel }}>
      {(described) => (
        <select className={s.input} {...described} disabled={disabled} value={value} onChange={(e) => onChange(e.target.value as V)}>
          {options.map((o) => (
            <option key={o.value} value={o.value}>
              {o.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Switch({ label, on, onChange, disabled, hideLabel, describedBy }: { label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean; hideLabel?: boolean; describedBy?: string }) {
  return (
    <button type="button" role="switch" aria-checked={on} aria-label={hideLabel ? label : undefined} aria-describedby={describedBy} disabled={disabled} className={s.switch} onClick={() => onChange(!on)}>
      {!hideLabel && <span>{label}</span>}
      <i aria-hidden />
    </button>
  );
}

export function Check({ label, on, onChange, disabled, hint, hideLabel }: { label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean; hint?: ReactNode; hideLabel?: boolean }) {
  const id = useId();
  return (
    <div className={s.check}>
      <label>
        <input type="checkbox" checked={on} disabled={disabled} aria-describedby={hint ? id : undefined} onChange={(e) => onChange(e.target.checked)} />
        <span data-hidden={hideLabel || undefined}>{label}</span>
      </label>
      {hint && (
        <p className={s.hint} id={id}>
          {hint}
        </p>
      )}
    </div>
  );
}

// Chips is a list of words: Enter or a comma adds one, Backspace in the empty field takes the last away.
export function Chips({ label, value, onChange, error, hint, bad, disabled, hideLabel, own = true }: FieldProps & { value: readonly string[]; onChange: (value: string[]) => void; bad?: (word: string) => boolean; disabled?: boolean; own?: boolean }) {
  const say = useWords(words);
  const [draft, setDraft] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const add = (text: string) => {
    const fresh = text
      .split(',')
      .map((w) => w.trim())
      .filter((w, i, all) => w && !value.includes(w) && all.indexOf(w) === i);
    if (fresh.length) onChange([...value, ...fresh]);
    setDraft('');
  };
  return (
    <Field {...{ label, hint, error, hideLabel }}>
      {(described) => (
        <div className={s.chips} data-invalid={error ? true : undefined} data-inherited={own ? undefined : true} data-disabled={disabled || undefined}>
          {value.map((word) => (
            <span key={word} className={s.chip} data-bad={bad?.(word) || undefined}>
              {word}
              {!disabled && (
                <button
                  type="button"
                  aria-label={say('chips.remove', { word })}
                  onClick={() => {
                    onChange(value.filter((w) => w !== word));
                    input.current?.focus();
                  }}
                >
                  <X aria-hidden />
                </button>
              )}
            </span>
          ))}
          <input
            {...described}
            ref={input}
            value={draft}
            disabled={disabled}
            placeholder={disabled ? '' : say('chips.add')}
            onChange={(e) => (e.target.value.includes(',') ? add(e.target.value) : setDraft(e.target.value))}
            onBlur={() => add(draft)}
            onKeyDown={(e) => {
              if (e.key === 'Enter' && draft) {
                e.preventDefault();
                add(draft);
              }
              if (e.key === 'Backspace' && !draft && value.length) onChange(value.slice(0, -1));
            }}
          />
        </div>
      )}
    </Field>
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  submit?: { label: string; busy: boolean; run: () => void; danger?: boolean; disabled?: boolean };
  problem?: string; // a reason that belongs to no field
  wide?: boolean;
}

// Dialog is a form in a window: Enter submits it, Esc leaves it.
export function Dialog({ title, onClose, children, submit, problem, wide }: DialogProps) {
  const say = useWords(words);
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (submit && !submit.busy && !submit.disabled) submit.run();
  };
  return (
    <Modal opened onClose={onClose} title={title} size={wide ? 720 : 480} closeButtonProps={{ 'aria-label': say('act.close') }} styles={{ body: { padding: 0 } }}>
      <form onSubmit={send} noValidate>
        <div className={s.dialogBody}>
          {children}
          {problem && <FieldError>{problem}</FieldError>}
        </div>
        <div className={s.dialogFoot}>
          <Button size="form" onClick={onClose}>
            {submit ? say('act.cancel') : say('act.close')}
          </Button>
          {submit && (
            <Button size="form" type="submit" look="primary" className={submit.danger ? s.danger : ''} aria-disabled={submit.busy || submit.disabled || undefined}>
              {submit.busy ? say('act.working') : submit.label}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}

// Confirm asks before what can't be undone.
export function Confirm({ title, text, label, busy, problem, onClose, run }: { title: string; text: ReactNode; label: string; busy: boolean; problem?: string; onClose: () => void; run: () => void }) {
  return (
    <Dialog title={title} onClose={onClose} problem={problem} submit={{ label, busy, run, danger: true }}>
      <p>{text}</p>
    </Dialog>
  );
}

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return <IconButton icon={X} label={label} onClick={onClick} />;
}

// SaveBar appears when something changed.
export function SaveBar({ count, where, problems, busy, save, discard }: { count: number; where?: string; problems?: ReactNode; busy: boolean; save: () => void; discard: () => void }) {
  const say = useWords(words);
  useKey('save', save, count > 0 && !busy);
  const shown = count > 0;
  // What is being edited stays in sight above the bar.
  useLayoutEffect(() => {
    if (shown) document.activeElement?.scrollIntoView({ block: 'nearest' });
  }, [shown]);
  if (!shown) return null;
  return (
    <div className={s.saveBar} role="region" aria-label={say('unsaved.count', { n: count })}>
      <span className={s.saveDot} aria-hidden />
      <span>
        <strong>{say('unsaved.count', { n: count })}</strong> {where}
      </span>
      <span className={s.saveProblems}>{problems}</span>
      <Button size="form" onClick={discard}>
        {say('act.discard')}
      </Button>
      <Button size="form" look="primary" keyId="save" aria-disabled={busy || undefined} onClick={() => !busy && save()}>
        {busy ? say('act.saving') : say('act.save')}
      </Button>
    </div>
  );
}
