// The menu under a button, as the pattern has it: arrows, Home, End and letters move, Enter chooses, Esc and Tab leave. The
// native popover lifts it over everything, dialogs too.
import { Check } from 'lucide-react';
import { cloneElement, createContext, useContext, useEffect, useId, useLayoutEffect, useRef, useState, type ButtonHTMLAttributes, type JSX, type KeyboardEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { place, type Align, type Side } from './layer.ts';
import s from './menu.module.css';

interface Props {
  button: JSX.Element;
  side?: Extract<Side, 'top' | 'bottom'>;
  align?: Align;
  opened?: boolean; // where a key opens it too
  onChange?: (open: boolean) => void;
  children: ReactNode;
}

const Close = createContext<() => void>(() => {});

export function Menu({ button, side = 'bottom', align = 'end', opened, onChange, children }: Props) {
  const [own, setOwn] = useState(false);
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const open = opened ?? own;
  const set = (to: boolean) => {
    setOwn(to);
    onChange?.(to);
  };
  const close = () => {
    set(false);
    anchor.current?.focus();
  };
  return (
    <>
      {cloneElement(button, {
        ref: anchor,
        id: `${id}b`,
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        'aria-controls': open ? id : undefined,
        onClick: () => set(!open),
        onKeyDown: (e: KeyboardEvent) => {
          if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
          e.preventDefault();
          set(true);
        },
      })}
      {open &&
        createPortal(
          <Close value={close}>
            <Layer id={id} anchor={anchor.current} side={side} align={align} close={close} onLeave={() => set(false)}>
              {children}
            </Layer>
          </Close>,
          document.body,
        )}
    </>
  );
}

interface LayerProps {
  id: string;
  anchor: HTMLElement | null;
  side: Side;
  align: Align;
  close: () => void; // the focus goes back to the button
  onLeave: () => void; // the focus is elsewhere
  children: ReactNode;
}

function Layer({ id, anchor, side, align, close, onLeave, children }: LayerProps) {
  const layer = useRef<HTMLDivElement>(null);
  const latest = useRef(onLeave);
  latest.current = onLeave;

  useLayoutEffect(() => {
    const el = layer.current!;
    el.showPopover();
    const fit = () => {
      if (!anchor) return;
      el.style.maxHeight = '';
      const at = place(anchor.getBoundingClientRect(), { width: el.offsetWidth, height: el.offsetHeight }, { width: innerWidth, height: innerHeight }, side, align, 4);
      Object.assign(el.style, { left: `${at.left}px`, top: `${at.top}px`, maxHeight: `${at.maxHeight}px` });
    };
    fit();
    items(el)[0]?.focus();
    const sized = new ResizeObserver(fit);
    sized.observe(el);
    addEventListener('resize', fit);
    return () => {
      sized.disconnect();
      removeEventListener('resize', fit);
    };
  }, [anchor, side, align]);

  useEffect(() => {
    const outside = (e: PointerEvent) => {
      const to = e.target as Element;
      if (layer.current?.contains(to) || anchor?.contains(to)) return;
      latest.current();
      setTimeout(() => document.activeElement === document.body && anchor?.focus()); // never on the page
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, [anchor]);

  const press = (e: KeyboardEvent<HTMLElement>) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const all = items(e.currentTarget);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[e.key];
    if (e.key === 'Escape') close();
    else if (e.key === 'Tab') return close(); // and on from the button
    else if (to !== undefined) all.at(to % all.length)?.focus();
    else if (e.key.length === 1 && e.key !== ' ') startingWith(all, at, e.key)?.focus();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  return (
    <div ref={layer} id={id} className={s.menu} role="menu" popover="manual" tabIndex={-1} aria-labelledby={`${id}b`} onKeyDown={press}>
      {children}
    </div>
  );
}

function items(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)')].filter((i) => i.offsetParent !== null);
}

// startingWith is the next item whose words begin so.
function startingWith(all: readonly HTMLElement[], at: number, letter: string): HTMLElement | undefined {
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find((i) => i.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()));
}

interface ItemProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon?: ReactNode;
  aside?: ReactNode;
}

export function MenuItem({ icon, aside, children, className, onClick, ...rest }: ItemProps) {
  const close = useContext(Close);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={`${s.item} ${className ?? ''}`}
      onClick={(e) => {
        close();
        onClick?.(e);
      }}
      {...rest}
    >
      {icon}
      <span>{children}</span>
      {aside}
    </button>
  );
}

interface CheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  lang?: string;
  children: ReactNode;
}

export function MenuCheck({ checked, onChange, ...rest }: CheckProps) {
  return <Choice role="menuitemcheckbox" checked={checked} choose={() => onChange(!checked)} {...rest} />;
}

interface RadioProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: ReactNode; lang?: string }[];
  onChange: (value: V) => void;
  disabled?: boolean;
  closes?: boolean; // choosing is all one came for
}

export function MenuRadios<V extends string>({ label, value, options, onChange, disabled, closes }: RadioProps<V>) {
  const close = useContext(Close);
  const choose = (to: V) => {
    if (closes) close();
    onChange(to);
  };
  return (
    <div role="group" aria-label={label}>
      {options.map((o) => (
        <Choice key={o.value} role="menuitemradio" checked={o.value === value} choose={() => choose(o.value)} disabled={disabled} lang={o.lang}>
          {o.label}
        </Choice>
      ))}
    </div>
  );
}

function Choice({ role, checked, choose, children, ...rest }: { role: string; checked: boolean; choose: () => void; disabled?: boolean; lang?: string; children: ReactNode }) {
  return (
    <button type="button" role={role} tabIndex={-1} className={s.item} aria-checked={checked} onClick={choose} {...rest}>
      <Check aria-hidden data-checked={checked} />
      <span>{children}</span>
    </button>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <div className={s.label} role="presentation">
      {children}
    </div>
  );
}

export function MenuLine() {
  return <hr className={s.line} />;
}
