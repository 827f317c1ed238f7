// One chat: who it is, what was said, the reply.
import { Link } from '@tanstack/react-router';
import { ChevronLeft, PanelRight, Timer } from 'lucide-react';
import { useEffect, useState } from 'react';
import { head } from '../api/log.ts';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { clock, useNow } from '../parts/clock.ts';
import { Avatar, Button, IconButton, partStyles } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk, useLog } from '../shell/live.tsx';
import { markRead, useReads } from '../shell/reads.ts';
import { useUi } from '../ui.ts';
import { Composer } from './Composer.tsx';
import s from './desk.module.css';
import { endSoon } from './end.ts';
import { Transcript } from './Transcript.tsx';

export function Conversation({ item }: { item: Item }) {
  const t = useT();
  const { chat, name, id } = item;
  const connected = useConnected();
  const away = useLink((l) => l.phase !== 'live');
  const log = useLog(id);
  const newAfter = useSeen(id, head(log));
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
          <Button size="form" keyId="end" disabled={!mayEnd} onClick={end} aria-label={t('chat.endLabel')}>
            {t('chat.end')}
          </Button>
        )}
        <IconButton
          icon={PanelRight}
          label={t('panel.open')}
          keyId="foldRight"
          className={s.panelButton}
          onClick={() => useUi.setState((u) => ({ panelFolded: !u.panelFolded, panelSheet: !u.panelSheet }))}
        />
      </header>
      <Transcript item={item} log={log} newAfter={newAfter} />
      <Composer item={item} />
    </section>
  );
}

// useSeen marks a chat as read while it is looked at, and says from where on it was new when it was opened.
function useSeen(chat: number, last: number): number {
  const connected = useConnected();
  const [from, setFrom] = useState(() => useReads.getState().seen.get(chat) ?? 0);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible' && connected && last > 0) markRead(connected.shelf, connected.live, chat, last);
      else setFrom(useReads.getState().seen.get(chat) ?? 0);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [chat, last, connected]);
  return from;
}

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
