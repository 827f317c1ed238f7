// Weekly opening intervals and holidays. A bar shows each day, the fields beside it say it in figures.
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useTimes } from '../../parts/clock.ts';
import { Button, IconButton } from '../../parts/index.tsx';
import { adminStyles, FieldError, TextField } from '../parts/index.tsx';
import { words as shared } from '../words.ts';
import { clockText, dayRange, days, hourText, minutes, next, officeHours, readClock, spans, wrongWith, type Day, type Hours, type Holiday, type Interval } from './hours.ts';
import s from './hours.module.css';
import { words } from './words.ts';

interface Props {
  value: Hours | null;
  own: boolean;
  locked: boolean;
  error?: string;
  onChange: (value: Hours) => void;
  ownLabel: string; // how to begin with hours of one's own
}

export function HoursEditor({ value, own, locked, error, onChange, ownLabel }: Props) {
  const say = useWords(words);
  const { locale } = useTimes();
  const begin = !locked && !own && (
    <Button className={s.begin} onClick={() => onChange(value ?? officeHours)}>
      <Plus aria-hidden />
      {ownLabel}
    </Button>
  );
  if (!value) {
    return (
      <div className={s.always}>
        <p>
          <strong>{say('always')}.</strong> {say('always.text')}
        </p>
        {begin}
      </div>
    );
  }
  const still = locked || !own;
  const put = (day: Day, open: Interval[]) => onChange({ ...value, weekly: { ...value.weekly, [day]: open } });
  return (
    <div className={s.hours} data-inherited={own ? undefined : true}>
      <div className={s.scale} aria-hidden>
        {[0, 6, 12, 18, 24].map((h) => (
          <span key={h}>{hourText(h, locale)}</span>
        ))}
      </div>
      {still
        ? spans(value).map((x) => <DayRow key={x.from} name={dayRange(x.from, x.to, locale)} open={x.open} still onChange={() => {}} />)
        : days.map((day) => <DayRow key={day} name={say(`day.${day}`)} open={value.weekly[day] ?? []} still={false} onChange={(open) => put(day, open)} />)}
      {!still && (
        <div className={adminStyles.row}>
          <Button look="quiet" className={s.copy} onClick={() => onChange({ ...value, weekly: { ...value.weekly, ...Object.fromEntries(days.slice(0, 5).map((d) => [d, value.weekly.mon ?? []])) } })}>
            {say('copy')}
          </Button>
        </div>
      )}
      <Holidays all={value.holidays ?? []} still={still} onChange={(holidays) => onChange({ ...value, holidays })} />
      {error && <FieldError>{error}</FieldError>}
      {begin}
    </div>
  );
}

function DayRow({ name, open, still, onChange }: { name: string; open: readonly Interval[]; still: boolean; onChange: (open: Interval[]) => void }) {
  const say = useWords(words);
  const { locale } = useTimes();
  const wrong = wrongWith(open);
  const put = (i: number, change: Partial<Interval>) => onChange(open.map((x, j) => (i === j ? { ...x, ...change } : x)));
  return (
    <div className={s.day} role="group" aria-label={name} data-still={still || undefined}>
      <span className={s.dayName}>{name}</span>
      <span className={s.bar} aria-hidden>
        {open.map((x, i) => (
          <i key={i} style={{ left: `${minutes(x.from) / 14.4}%`, width: `${Math.max(0, minutes(x.to) - minutes(x.from)) / 14.4}%` }} />
        ))}
      </span>
      <div className={s.intervals}>
        {open.length === 0 && <span className={s.closed}>{say('closed')}</span>}
        {open.map((x, i) =>
          still ? (
            <span key={i} className={s.figures}>
              {clockText(x.from, locale)} – {clockText(x.to, locale)}
            </span>
          ) : (
            <span key={i} className={s.interval}>
              <Clock label={say('from', { day: name })} value={x.from} onChange={(from) => put(i, { from })} />
              <span aria-hidden>–</span>
              <Clock label={say('to', { day: name })} value={x.to} closes onChange={(to) => put(i, { to })} />
              <IconButton icon={X} label={say('remove', { day: name, from: shown(x.from, locale), to: shown(x.to, locale) })} onClick={() => onChange(open.filter((_, j) => j !== i))} />
            </span>
          ),
        )}
        {wrong && <FieldError>{say(`wrong.${wrong}`, { time: clockText('17:30', locale) })}</FieldError>}
      </div>
      {!still && <IconButton icon={Plus} label={say(open.length ? 'addMore' : 'addTo', { day: name })} onClick={() => onChange([...open, next(open)])} />}
    </div>
  );
}

// shown is a time as the reader writes it, and what is none as it was typed.
const shown = (clock: string, locale: string) => (readClock(clock) === clock ? clockText(clock, locale).replace(/\s/g, ' ') : clock);

// Clock takes 9, 9:30 or 5pm, and writes them as the reader does when it is left: 5:00 PM, or 17:00.
function Clock({ label, value, closes, onChange }: { label: string; value: string; closes?: boolean; onChange: (value: string) => void }) {
  const { locale } = useTimes();
  const [text, setText] = useState<string>();
  return (
    <input
      className={`${adminStyles.input} ${s.clock}`}
      type="text"
      aria-label={label}
      aria-invalid={readClock(value) === undefined || undefined}
      value={text ?? shown(value, locale)}
      onChange={(e) => {
        setText(e.target.value);
        onChange(readClock(e.target.value, closes) ?? e.target.value);
      }}
      onBlur={() => setText(undefined)}
    />
  );
}

function Holidays({ all, still, onChange }: { all: readonly Holiday[]; still: boolean; onChange: (all: Holiday[]) => void }) {
  const say = useWords(words);
  const base = useWords(shared);
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState({ date: '', name: '', from: '', to: '' });
  const [problem, setProblem] = useState<string>();
  const { locale } = useTimes();
  const thisYear = String(new Date().getFullYear());
  const add = () => {
    if (!fresh.date) return setProblem(say('holiday.date'));
    if (all.some((h) => h.date === fresh.date)) return setProblem(say('holiday.twice'));
    const open = fresh.from || fresh.to ? [{ from: readClock(fresh.from) ?? fresh.from, to: readClock(fresh.to, true) ?? fresh.to }] : [];
    const wrong = wrongWith(open);
    if (wrong) return setProblem(say(`wrong.${wrong}`, { time: clockText('17:30', locale) }));
    onChange([...all, { date: fresh.date, ...(fresh.name && { name: fresh.name }), ...(open.length && { open }) }].sort((a, b) => a.date.localeCompare(b.date)));
    setFresh({ date: '', name: '', from: '', to: '' });
    setProblem(undefined);
    setAdding(false);
  };
  const label = (h: Holiday) => {
    const date = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', ...(!h.date.startsWith(thisYear) && { year: 'numeric' }), timeZone: 'UTC' }).format(new Date(`${h.date}T00:00:00Z`));
    const named = h.name ? `${date}, ${h.name}` : date;
    const open = h.open?.[0];
    return open ? say('holiday.open', { date: named, from: clockText(open.from, locale), to: clockText(open.to, locale) }) : say('holiday.closed', { date: named });
  };
  return (
    <div className={s.holidays} role="group" aria-label={say('holidays')}>
      <span className={s.dayName}>{say('holidays')}</span>
      {all.length === 0 && <span className={s.closed}>{say('holidays.none')}</span>}
      {all.map((h) => (
        <span key={h.date} className={adminStyles.chip}>
          {label(h)}
          {!still && (
            <button type="button" aria-label={say('holiday.remove', { date: label(h) })} onClick={() => onChange(all.filter((x) => x.date !== h.date))}>
              <X aria-hidden />
            </button>
          )}
        </span>
      ))}
      {!still && !adding && (
        <Button look="quiet" onClick={() => setAdding(true)}>
          <Plus aria-hidden />
          {say('holiday.add')}
        </Button>
      )}
      {adding && (
        <div className={s.newHoliday}>
          <TextField label={say('holiday.date')} type="date" value={fresh.date} error={problem} onChange={(date) => setFresh({ ...fresh, date })} />
          <TextField label={say('holiday.name')} value={fresh.name} onChange={(name) => setFresh({ ...fresh, name })} />
          <TextField label={say('holiday.opens')} value={fresh.from} onChange={(from) => setFresh({ ...fresh, from })} />
          <TextField label={say('holiday.closes')} value={fresh.to} onChange={(to) => setFresh({ ...fresh, to })} />
          <div className={adminStyles.row}>
            <Button size="form" onClick={add}>
              {say('holiday.add')}
            </Button>
            <Button size="form" look="quiet" onClick={() => (setAdding(false), setProblem(undefined))}>
              {base('act.cancel')}
            </Button>
            <span className={adminStyles.hint}>{say('holiday.blank')}</span>
          </div>
        </div>
      )}
    </div>
  );
}
