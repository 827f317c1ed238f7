// The customer: who, may they be texted, and the path of this chat.
import { Ban, ShieldCheck, ShieldQuestion, X } from 'lucide-react';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import { useLang, useT } from '../i18n/index.ts';
import { useTimes } from '../parts/clock.ts';
import { Avatar, Button, IconButton, Tag } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import { languageName } from '../parts/language.ts';
import { tel } from '../parts/tel.ts';
import type { Item } from '../shell/chats.ts';
import { useDesk, useLog } from '../shell/live.tsx';
import { useUi } from '../ui.ts';
import { useNumber } from './number.ts';
import s from './panel.module.css';
import { eventText } from './Transcript.tsx';
import { eventOf, flagOf } from './transcript.ts';

const history = () => import('./History.tsx');
const History = later(history);
const ConsentSince = later(() => history().then((h) => ({ default: h.ConsentSince })));
const LocalTime = later(() => history().then((h) => ({ default: h.LocalTime })));

const steps = new Set(['started', 'menu_choice', 'queued', 'assigned', 'opted_out', 'ended']);

export function Panel({ item, sheet, onClose }: { item: Item; sheet: boolean; onClose: () => void }) {
  const t = useT();
  const { day, time } = useTimes();
  const lang = useLang((x) => x.lang);
  const log = useLog(item.id);
  const me = useDesk()?.agent.id;
  const { chat } = item;
  const number = useNumber(item);
  const shown = useUi((u) => u.revealed?.chat === item.id);
  const outAt = eventOf(log.rows, 'opted_out')?.at;
  const optedOut = chat.opted_out || outAt !== undefined;
  const flagged = useMemo(() => flagOf(log.rows) !== null, [log.rows]) || chat.flag;
  const texts = (sender: string) => log.rows.filter((r) => r.type === 'message' && r.message.sender === sender).length;
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!sheet) return;
    const before = document.activeElement as HTMLElement | null;
    pane.current?.focus();
    return () => (before?.isConnected ? before : document.querySelector<HTMLElement>('[data-keys=composer] textarea'))?.focus();
  }, [sheet]);
  const path = log.rows.filter((r) => r.type === 'event' && steps.has(r.event.kind));

  return (
    <aside ref={pane} className={s.panel} aria-label={t('panel.label')} data-pane tabIndex={-1}>
      <header className={s.panelHead}>
        <Avatar name={chat.end_user.name} size="l" />
        <div>
          <h2>{chat.end_user.name || number}</h2>
          {chat.end_user.name && <p>{number}</p>}
        </div>
        <IconButton icon={X} label={t('app.close')} className={s.panelClose} onClick={onClose} />
        <p className={s.tags}>
          {optedOut ? (
            <Tag tone="bad">
              <Ban aria-hidden />
              {t('panel.optedOut')}
              {outAt ? (
                <>, {t('panel.since', { date: day(outAt, 0) })}</>
              ) : (
                <Suspense>
                  <ConsentSince consumer={chat.end_user.id} />
                </Suspense>
              )}
            </Tag>
          ) : flagged ? (
            <Tag tone="warn">
              <ShieldQuestion aria-hidden />
              {t('panel.flagged')}
            </Tag>
          ) : (
            <Tag tone="ok">
              <ShieldCheck aria-hidden />
              {t('panel.optedIn')}
              <Suspense>
                <ConsentSince consumer={chat.end_user.id} />
              </Suspense>
            </Tag>
          )}
          {chat.lang && <Tag>{new Intl.DisplayNames([lang], { type: 'language' }).of(chat.lang) ?? languageName(chat.lang)}</Tag>}
        </p>
      </header>
      <section>
        <h3>{t('panel.contact')}</h3>
        <dl>
          <dt>{t('panel.number')}</dt>
          <dd className={s.number}>
            {number}
            {chat.end_user.masked && (
              <Button look="link" onClick={() => useUi.setState(shown ? { revealed: null } : { revealOpen: true })}>
                {t(shown ? 'panel.hide' : 'panel.reveal')}
              </Button>
            )}
          </dd>
          <Suspense>
            <LocalTime consumer={chat.end_user.id} />
          </Suspense>
          <dt>{t('panel.textedTo')}</dt>
          <dd>{tel(chat.number)}</dd>
          {chat.queue && (
            <>
              <dt>{t('panel.queue')}</dt>
              <dd>{chat.queue.path}</dd>
            </>
          )}
          <dt>{t('panel.texts')}</dt>
          <dd>{t('panel.textsCount', { in: texts('end_user'), out: texts('agent') })}</dd>
        </dl>
      </section>
      {path.length > 0 && (
        <section>
          <h3>{t('panel.thisChat')}</h3>
          <ol className={s.path}>
            {path.map(
              (r, i) =>
                r.type === 'event' && (
                  <li key={r.seq} data-last={i === path.length - 1 || undefined}>
                    <time dateTime={r.at}>{time(r.at)}</time>
                    <span>{r.event.kind === 'assigned' && r.event.user?.id === me ? t('chat.youAnswered') : eventText(t, r.event, r.seq, log.rows, item, me)}</span>
                  </li>
                ),
            )}
          </ol>
        </section>
      )}
      <Suspense>
        <History chat={item.id} consumer={chat.end_user.id} />
      </Suspense>
    </aside>
  );
}
