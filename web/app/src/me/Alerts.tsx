// What calls the person back, by event, with a test of each.
import { useState } from 'react';
import { Check } from '../admin/parts/index.tsx';
import { useWords } from '../i18n/index.ts';
import { announce } from '../parts/announce.tsx';
import { Button } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import { usePrefs, type Alert } from '../prefs.ts';
import { chime, notify, soundIsLocked } from '../shell/alerts.ts';
import type { Save } from './Me.tsx';
import s from './me.module.css';
import { words } from './words.ts';

const events: readonly Alert[] = ['offer', 'handover', 'text'];
const ways = [
  { id: 'sound', field: 'muted_sounds' },
  { id: 'notification', field: 'muted_notifications' },
  { id: 'announcement', field: 'muted_announcements' },
] as const;

export function Alerts({ save }: { save: Save }) {
  const say = useWords(words);
  const prefs = usePrefs();
  const [permission, setPermission] = useState(() => (typeof Notification === 'undefined' ? 'denied' : Notification.permission));
  const ask = () => void Notification.requestPermission().then(setPermission);

  const test = (event: Alert) => {
    const on = (field: (typeof ways)[number]['field']) => !prefs[field].includes(event);
    if (ways.every((w) => !on(w.field))) return notice(say('alerts.silent'));
    if (on('muted_sounds') && soundIsLocked()) return notice(say('alerts.locked'));
    chime(event);
    notify(event, say(`alerts.${event}`), `${say('alerts.sampleName')}: ${say('alerts.sampleText')}`, 'test', () => {}, true);
    notice(say('alerts.tested'));
    if (on('muted_announcements')) announce(say(`alerts.${event}`));
  };

  return (
    <>
      <p className={s.hint}>{say('alerts.about')}</p>
      <div className={s.wide} tabIndex={0} role="region" aria-label={say('alerts')}>
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">{say('alerts.event')}</th>
              {ways.map((w) => (
                <th key={w.id} scope="col">
                  {say(`alerts.${w.id}`)}
                </th>
              ))}
              <th scope="col">
                <span data-hidden>{say('alerts.test')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={event}>
                <th scope="row">{say(`alerts.${event}`)}</th>
                {ways.map(({ id, field }) => (
                  <td key={id}>
                    <Check
                      hideLabel
                      label={say('alerts.cell', { what: say(`alerts.${id}`), event: say(`alerts.${event}`) })}
                      on={!prefs[field].includes(event)}
                      onChange={(on) => void save({ preferences: { [field]: on ? prefs[field].filter((m) => m !== event) : [...prefs[field], event] } })}
                    />
                  </td>
                ))}
                <td>
                  <Button onClick={() => test(event)} aria-label={say('alerts.testOf', { event: say(`alerts.${event}`) })}>
                    {say('alerts.test')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {permission === 'default' && (
        <p className={s.note}>
          {say('alerts.asked')}{' '}
          <Button look="link" onClick={ask}>
            {say('alerts.ask')}
          </Button>
        </p>
      )}
      {permission === 'denied' && <p className={s.note}>{say('alerts.denied')}</p>}
    </>
  );
}
