// One chat: who it is, what was said, the reply.
import { Link } from '@tanstack/react-router';
import { ChevronLeft, PanelRight, Timer } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { head, type Log } from '../api/log.ts';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { clock, useNow } from '../parts/clock.ts';
import { Avatar, Button, IconButton, partStyles } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk, useLog } from '../shell/live.tsx';
import { markRead, useReads } from '../shell/reads.ts';
import { Composer } from './Composer.tsx';
import s from './desk.module.css';
import { endSoon } from './end.ts';
import type { Unseen } from './lines.ts';
import { Transcript } from './Transcript.tsx';
import { lastOwnSeq } from './transcript.ts';

export function Conversation({ item, onPanel }: { item: Item; onPanel: () => void }) {
  const t = useT();
  const { chat, name, id } = item;
  const connected = useConnected();
  const away = useLink((l) => l.phase !== 'live');
  const log = useLog(id);
  const unseen = useSeen(id, log);
  const end = () => connected && endSoon(connected.live, id, name);
  const mayEnd = !chat.closed && !away;
  useKey('end', end, mayEnd);

  return (
    <section className={s.chat} aria-label={name} data-pane tabIndex={-1}>
      <header className={s.chatHead}>
        <Link to="/desk" className={`${partStyles.button} ${s.back}`} data-look="quiet" data-icon aria-label={t('app.back')}>
          <ChevronLeft aria-hidden />
        </Link>
        <Avatar name={chat.end_user.name} />
        <div className={s.chatWho}>
          <h2>{name}</h2>
          <p>
            {chat.end_user.name && <span className={s.wide}>{tel(chat.end_user.number)} · </span>}
            {chat.queue && `${chat.queue.path} · `}
            {t('chat.number', { id })}
          </p>
        </div>
        {!chat.closed && <Length since={chat.assigned_at ?? chat.created_at} />}
        {!chat.closed && (
          <Button size="form" keyId="end" disabled={!mayEnd} onClick={end}>
            {t('chat.end')}
          </Button>
        )}
        <IconButton
          icon={PanelRight}
          label={t('panel.open')}
          keyId="foldRight"
          className={s.panelButton}
          onClick={onPanel}
        />
      </header>
      <Transcript item={item} log={log} unseen={unseen} />
      <Composer item={item} />
    </section>
  );
}

// useSeen marks a chat as read while it is looked at, and says what came since the last look.
function useSeen(chat: number, log: Log): Unseen {
  const connected = useConnected();
  const last = head(log);
  const [looked, setLooked] = useState<Unseen | null>(null);
  const rows = useRef(log.rows);
  rows.current = log.rows;
  useEffect(() => {
    const look = (again: boolean) => {
      if (document.visibilityState !== 'visible' || !connected || last === 0) return;
      const now = { from: Math.max(useReads.getState().seen.get(chat) ?? 0, lastOwnSeq(rows.current)), upTo: last };
      setLooked((before) => (before && !again ? before : now));
      markRead(connected.shelf, connected.live, chat, last);
    };
    const back = () => look(true);
    look(false);
    document.addEventListener('visibilitychange', back);
    return () => document.removeEventListener('visibilitychange', back);
  }, [chat, last, connected]);
  const answered = lastOwnSeq(log.rows);
  return looked && answered <= looked.from ? looked : nothing;
}

const nothing: Unseen = { from: 0, upTo: 0 };

function Length({ since }: { since: string }) {
  const t = useT();
  const now = useNow();
  const offset = useDesk()?.offset ?? 0;
  const length = clock(now + offset - Date.parse(since));
  return (
    <span className={s.length} role="img" aria-label={t('chat.length', { age: length })}>
      <Timer aria-hidden />
      {length}
    </span>
  );
}
