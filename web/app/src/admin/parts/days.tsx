// A day of the reader's calendar as a filter: from its first moment, or past its last.
import s from './copy.module.css';

export function DayField({ label, value, onChange }: { label: string; value: string; onChange: (day: string) => void }) {
  return (
    <label className={s.day}>
      <span>{label}</span>
      <input type="date" value={value} onChange={(e) => onChange(e.target.value)} />
    </label>
  );
}

const day = /^\d{4}-\d{2}-\d{2}$/;

export function startOf(value: string): string | undefined {
  return day.test(value) ? new Date(`${value}T00:00:00`).toISOString() : undefined;
}

export function endOf(value: string): string | undefined {
  if (!day.test(value)) return undefined;
  const at = new Date(`${value}T00:00:00`);
  at.setDate(at.getDate() + 1);
  return at.toISOString();
}
