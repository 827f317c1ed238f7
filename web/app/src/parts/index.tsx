// The small parts every screen is made of.
import { ChevronDown, CircleAlert, type LucideIcon } from 'lucide-react';
import { cloneElement, type ButtonHTMLAttributes, type ReactNode, type Ref } from 'react';
import { Refused } from '../api/client.ts';
import { useT } from '../i18n/index.ts';
import { aria, show, useCombo, type KeyId } from '../keys/registry.ts';
import s from './parts.module.css';

export { s as partStyles };

export function Kbd({ id, combo }: { id?: KeyId; combo?: string }) {
  const own = useCombo(id);
  const shown = combo ?? own;
  return (
    shown && (
      <kbd className={s.kbd} aria-hidden={id ? true : undefined}>
        {show(shown)}
      </kbd>
    )
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'quiet' | 'link';
  size?: 'dense' | 'form';
  keyId?: KeyId; // the key that does the same; shown as a keycap
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'plain', size = 'dense', keyId, children, className, ...rest }: ButtonProps) {
  useCombo(keyId);
  return (
    <button
      type="button"
      className={`${s.button} ${className ?? ''}`}
      data-look={look}
      data-size={size}
      aria-keyshortcuts={keyId && aria(keyId)}
      {...rest}
    >
      {children}
      {keyId && <Kbd id={keyId} />}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon;
  label: string;
  keyId?: KeyId;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon: Icon, label, keyId, className, ...rest }: IconButtonProps) {
  useCombo(keyId);
  return (
    <Tip label={label} keyId={keyId}>
      <button
        type="button"
        className={`${s.button} ${className ?? ''}`}
        data-look="quiet"
        data-icon
        aria-label={label}
        aria-keyshortcuts={keyId && aria(keyId)}
        {...rest}
      >
        <Icon aria-hidden />
      </button>
    </Tip>
  );
}

// Tip shows a part's name and its key while it is pointed at (tips.tsx).
export function Tip({ label, keyId, position, children }: { label: string; keyId?: KeyId; position?: 'right' | 'bottom' | 'top'; children: React.JSX.Element }) {
  const combo = useCombo(keyId);
  return cloneElement(children, { 'data-tip': combo ? `${label}  ${show(combo)}` : label, 'data-tip-at': position });
}

export type Tone = 'acc' | 'ok' | 'warn' | 'bad';

export function Tag({ tone, children, lang }: { tone?: Tone; children: ReactNode; lang?: string }) {
  return (
    <span className={s.tag} data-tone={tone} lang={lang}>
      {children}
    </span>
  );
}

export function Dot({ tone }: { tone?: Tone }) {
  return <span className={s.dot} data-tone={tone} aria-hidden />;
}

// Avatar shows initials, or # for a bare number. It says nothing a name beside it does not say.
export function Avatar({ name, size = 'm', tone }: { name?: string; size?: 's' | 'm' | 'l'; tone?: number }) {
  return (
    <span className={s.avatar} data-size={size} data-who={tone ?? hue(name ?? '#')} aria-hidden>
      {name ? initials(name) : '#'}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

function hue(name: string): number {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.codePointAt(0)!) % 997;
  return name === '#' ? 2 : (sum % 4) + 1;
}

// Ring counts down; the number inside is for the eye, the name for everyone else is said once by the card.
export function Ring({ left, total }: { left: number; total: number }) {
  const length = 2 * Math.PI * 13.5;
  const part = total > 0 ? Math.min(1, Math.max(0, left / total)) : 0;
  return (
    <span className={s.ring} aria-hidden>
      <svg viewBox="0 0 30 30">
        <circle cx="15" cy="15" r="13.5" />
        <circle cx="15" cy="15" r="13.5" strokeDasharray={length} strokeDashoffset={length * (1 - part)} />
      </svg>
      {Math.max(0, Math.ceil(left / 1000))}
    </span>
  );
}

// SegmentMeter draws a bar a segment, the last one filled as far as it is used.
export function SegmentMeter({ segments, perSegment, left, tone }: { segments: number; perSegment: number; left: number; tone?: 'warn' | 'bad' }) {
  const bars = Math.min(Math.max(segments, 1), 8);
  return (
    <span className={s.meter} data-tone={tone} aria-hidden>
      {Array.from({ length: bars }, (_, i) => (
        <span key={i}>
          <i style={{ width: `${segments === 0 ? 0 : i < bars - 1 ? 100 : Math.max(6, (100 * (perSegment - left)) / perSegment)}%` }} />
        </span>
      ))}
    </span>
  );
}

export function EmptyState({ icon: Icon, title, children }: { icon?: LucideIcon; title?: string; children?: ReactNode }) {
  return (
    <div className={s.state}>
      {Icon && <Icon aria-hidden />}
      {title && <h2>{title}</h2>}
      {children}
    </div>
  );
}

export function ErrorState({ title, error, retry }: { title: string; error: unknown; retry?: () => void }) {
  const t = useT();
  const id = error instanceof Refused ? error.requestId : undefined;
  return (
    <div className={s.state} role="alert">
      <CircleAlert aria-hidden />
      <h2>{title}</h2>
      {error instanceof Error && error.message && <p>{error.message}</p>}
      {id && <code className={s.meta}>{t('app.request', { id })}</code>}
      {retry && <Button onClick={retry}>{t('app.retry')}</Button>}
    </div>
  );
}

export function Skeleton({ width, height }: { width: number | string; height: number }) {
  return <span className={s.skeleton} style={{ width, height }} aria-hidden />;
}

interface SelectProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
  id?: string;
}

export function Select<V extends string>({ label, value, options, onChange, id }: SelectProps<V>) {
  return (
    <span className={s.select}>
      <select id={id} aria-label={id ? undefined : label} value={value} onChange={(e) => onChange(e.target.value as V)}>
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden />
    </span>
  );
}

interface SegmentedProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
}

export function Segmented<V extends string>({ label, value, options, onChange }: SegmentedProps<V>) {
  return (
    <div className={s.segmented} role="group" aria-label={label}>
      {options.map((o) => (
        <button key={o.value} type="button" aria-pressed={o.value === value} onClick={() => onChange(o.value)}>
          {o.label}
        </button>
      ))}
    </div>
  );
}
