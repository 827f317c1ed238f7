// What a change made of a thing, field by field, as the thing's own page writes it: settings with their units, choices in words,
// people, teams and queues by their names.
import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import type { components } from '../../api/console.gen.ts';
import { useLang, useWords } from '../../i18n/index.ts';
import { languageName } from '../../parts/language.ts';
import { tel } from '../../parts/tel.ts';
import type { Hours } from '../hours/hours.ts';
import { listQueues, queuesKey } from '../queues/api.ts';
import { getSettings, settingsKey } from '../settings/api.ts';
import { useNames } from '../settings/useNames.ts';
import { listTeams, teamsKey } from '../teams/api.ts';
import { words as users } from '../users/words.ts';
import a from './audit.module.css';
import { changes, week, type Change } from './changes.ts';
import { words } from './words.ts';

type Entry = components['schemas']['AuditEntry'];

export function Changed({ entry, name }: { entry: Entry; name: (user: number) => string | undefined }) {
  const say = useWords(words);
  const said = useSaid(entry, name);
  // The name stands beside the deed; members are known by theirs.
  const all = changes(entry.before, entry.after).filter((c) => !(c.field === 'name' && entry.before == null && c.after === entry.subject));
  const fieldName = (field: string) => (`field.${field}` in words ? say(`field.${field}` as keyof typeof words) : field.replaceAll('_', ' '));
  if (all.length === 0) return <small>{say('none')}</small>;
  return (
    <ul className={a.changes}>
      {all.map((c) => (
        <li key={c.field}>
          {c.field && <span className={a.field}>{fieldName(c.field)}: </span>}
          {entry.before != null && (
            <>
              <del>{said(c, 'before')}</del> <ArrowRight aria-label="→" />{' '}
            </>
          )}
          <ins>{said(c, 'after')}</ins>
        </li>
      ))}
    </ul>
  );
}

// useSaid writes a field of an entry as it was or has become.
function useSaid(entry: Entry, name: (user: number) => string | undefined): (c: Change, when: 'before' | 'after') => string {
  const say = useWords(words);
  const { lang } = useLang();
  const { heldOf } = useNames();
  const settings = useQuery({ queryKey: settingsKey(), queryFn: () => getSettings() });
  const teams = useQuery({ queryKey: teamsKey, queryFn: listTeams });
  const queues = useQuery({ queryKey: queuesKey, queryFn: listQueues });
  const setting = entry.action === 'setting.changed' ? settings.data?.settings.find((x) => x.key === entry.subject?.split(' ')[0]) : undefined;
  const weekday = (day: number) => new Date(Date.UTC(2024, 0, 1 + day)).toLocaleDateString(lang, { weekday: 'short', timeZone: 'UTC' });
  const known = (of: Record<string, unknown>, key: string, otherwise: string, speak: (key: never) => string) => (key in of ? speak(key as never) : otherwise);
  const user = useWords(users);
  const each: Record<string, (one: string) => string> = {
    member_ids: (id) => name(Number(id)) ?? id,
    team_ids: (id) => teams.data?.find((t) => t.id === Number(id))?.name ?? id,
    queue_ids: (id) => queues.data?.find((q) => q.id === Number(id))?.path ?? id,
    roles: (role) => known(users, `role.${role}`, role, user),
    lang: languageName,
    ...Object.fromEntries(['status', 'capabilities', 'opt_out_responder'].map((f) => [f, (v: string) => known(words, `value.${v}`, v, say)])),
  };
  return (c, when) => {
    if (setting && setting.kind !== 'text' && (c.field === '' || c.field === 'weekly')) {
      const value = entry[when];
      if (value == null) return say('inherited');
      return heldOf(setting, c.field === 'weekly' ? { holidays: [], ...(value as Partial<Hours>) } : value);
    }
    const v = c[when];
    if (v === undefined) return say('nothing');
    const write = each[c.field];
    if (write) return v.split(', ').map(write).join(', ');
    if (c.field === 'weekly') return v.replace(/\b[a-z]{3}\b/g, (d) => (week.includes(d) ? weekday(week.indexOf(d)) : d));
    return v === 'true' ? say('yes') : v === 'false' ? say('no') : /^\+\d{7,}$/.test(v) ? tel(v) : v;
  };
}
