// One chat: who it is, what was said, the reply.
import { Link, useRouteContext } from '@tanstack/react-router';
import { Archive, ArrowRightLeft, Ban, ChevronLeft, CircleHelp, Ellipsis, Eye, History, Link as LinkIcon, PanelRight, Timer } from 'lucide-react';
import { Suspense, useEffect, useRef, useState } from 'react';
import { head, type Log } from '../api/log.ts';
import { useLink } from '../api/link.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { clock, useNow } from '../parts/clock.ts';
import { Coming } from '../parts/coming.tsx';
import { Avatar, Button, IconButton, Kbd, partStyles } from '../parts/index.tsx';
import { later, persistent } from '../parts/later.ts';
import { Menu, MenuItem } from '../parts/menu.tsx';
import { notice } from '../parts/toast.tsx';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk, useLog } from '../shell/live.tsx';
import { markRead, useReads } from '../shell/reads.ts';
import { useUi } from '../ui.ts';
import { Composer } from './Composer.tsx';
import s from './conversation.module.css';
import { endSoon } from './end.ts';
import type { Unseen } from './lines.ts';
import { useNumber } from './number.ts';
import { Transcript } from './Transcript.tsx';
import { lastOwnSeq } from './transcript.ts';

const Why = later(() => import('./Why.tsx'));
const Transfer = later(() => import('./Transfer.tsx'));
const Reveal = later(() => import('./Reveal.tsx'));
const Turns = later(() => import('./Turns.tsx'));
const WrapUp = later(() => import('./WrapUp.tsx'));
const blocking = persistent(() => import('./block.ts'));

export function Conversation({ item, onPanel }: { item: Item; onPanel: () => void }) {
  const t = useT();
  const { chat, name, id } = item;
  const connected = useConnected();
  const away = useLink((l) => l.phase !== 'live');
  const log = useLog(id);
  const unseen = useSeen(id, log, chat.read_seq ?? 0);
  const end = () => connected && endSoon(connected.live, id, name);
  const mayEnd = !chat.closed && !away;
  const mayTransfer = mayEnd && chat.transfer === undefined;
  const why = useUi((u) => u.why);
  const transferOpen = useUi((u) => u.transferOpen);
  const transfer = () => useUi.setState({ transferOpen: true });
  const dismiss = () => void connected?.live.dismiss(id).catch((e: Error) => notice(t('chat.dismissFailed', { why: e.message })));
  useKey('end', end, mayEnd);
  useKey('transfer', transfer, mayTransfer);
  useKey('dismiss', dismiss, mayEnd);
  const revealing = useUi((u) => u.revealOpen);
  const turns = useUi((u) => u.turnsOpen);
  const number = useNumber(item);
  useEffect(() => () => void useUi.setState({ transferOpen: false, turnsOpen: false, why: null, revealOpen: false, revealed: null }), []);

  return (
    <section className={s.chat} aria-label={name} data-pane tabIndex={-1}>
      <header className={s.chatHead}>
        <Link to="/desk" className={`${partStyles.button} ${s.back}`} data-look="quiet" data-icon aria-label={t('app.back')}>
          <ChevronLeft aria-hidden />
        </Link>
        <Avatar name={chat.end_user.name} />
        <div className={s.chatWho}>
          <h2>{chat.end_user.name || number}</h2>
          <p>
            {chat.end_user.name && <span className={s.wide}>{number} · </span>}
            {chat.queue && `${chat.queue.path} · `}
            {t('chat.number', { id })}
          </p>
        </div>
        {!chat.closed && <Length since={chat.assigned_at ?? chat.created_at} />}
        {!chat.closed && (
          <Button size="form" keyId="transfer" className={s.wideButton} disabled={!mayTransfer} onClick={transfer}>
            <ArrowRightLeft aria-hidden />
            {t('chat.transfer')}
          </Button>
        )}
        {!chat.closed && (
          <Button size="form" keyId="end" disabled={!mayEnd} onClick={end}>
            {t('chat.end')}
          </Button>
        )}
        <More item={item} onPanel={onPanel} transfer={mayTransfer ? transfer : undefined} dismiss={mayEnd ? dismiss : undefined} />
        <IconButton
          icon={PanelRight}
          label={t('panel.open')}
          keyId="foldRight"
          className={s.panelButton}
          data-panel-button
          onClick={onPanel}
        />
      </header>
      <Transcript item={item} log={log} unseen={unseen} />
      {chat.transfer && !chat.closed && <Asking name={chat.transfer.to.name} until={chat.transfer.until} />}
      {chat.closed?.wrap_up ? (
        <Suspense>
          <WrapUp item={item} />
        </Suspense>
      ) : (
        <Composer item={item} />
      )}
      {why && (
        <Suspense>
          <Why about={why} />
        </Suspense>
      )}
      {turns && (
        <Suspense fallback={<Coming />}>
          <Turns item={item} />
        </Suspense>
      )}
      {revealing && (
        <Suspense fallback={<Coming />}>
          <Reveal item={item} />
        </Suspense>
      )}
      {transferOpen && !chat.closed && (
        <Suspense fallback={<Coming />}>
          <Transfer item={item} />
        </Suspense>
      )}
    </section>
  );
}

// More is what is done seldom; on a phone it holds what does not fit beside the name.
function More({ item, onPanel, transfer, dismiss }: { item: Item; onPanel: () => void; transfer?: () => void; dismiss?: () => void }) {
  const t = useT();
  const mayBlock = useRouteContext({ from: '/shell', select: (c) => c.session.user.roles.some((r) => r === 'manager' || r === 'admin') });
  const block = () => blocking().then((b) => b.block(item.id, item.chat.end_user.number)).catch((e: Error) => notice(e.message));
  const copy = () =>
    navigator.clipboard.writeText(location.href).then(
      () => notice(t('chat.copied')),
      () => notice(t('chat.copyFailed')),
    );
  return (
    <Menu
      button={
        <button type="button" className={partStyles.button} data-look="quiet" data-icon aria-label={t('chat.more')}>
          <Ellipsis aria-hidden />
        </button>
      }
    >
      <MenuItem className={s.narrowItem} icon={<PanelRight aria-hidden />} onClick={onPanel}>
        {t('panel.open')}
      </MenuItem>
      {!item.chat.closed && (
        <>
          <MenuItem className={s.narrowItem} icon={<ArrowRightLeft aria-hidden />} disabled={!transfer} onClick={transfer}>
            {t('chat.transfer')}
          </MenuItem>
          <MenuItem icon={<Archive aria-hidden />} aside={<Kbd id="dismiss" />} aria-keyshortcuts={aria('dismiss')} disabled={!dismiss} onClick={dismiss}>
            {t('chat.dismiss')}
          </MenuItem>
        </>
      )}
      <MenuItem icon={<History aria-hidden />} onClick={() => useUi.setState({ turnsOpen: true })}>
        {t('chat.turns')}
      </MenuItem>
      <MenuItem icon={<CircleHelp aria-hidden />} onClick={() => useUi.setState({ why: { chat: item.id } })}>
        {t('chat.why')}
      </MenuItem>
      <MenuItem icon={<LinkIcon aria-hidden />} onClick={copy}>
        {t('chat.copyLink')}
      </MenuItem>
      {item.chat.end_user.masked && (
        <MenuItem icon={<Eye aria-hidden />} onClick={() => useUi.setState({ revealOpen: true })}>
          {t('chat.reveal')}
        </MenuItem>
      )}
      {mayBlock && (
        <MenuItem icon={<Ban aria-hidden />} onClick={block}>
          {t('chat.block')}
        </MenuItem>
      )}
    </Menu>
  );
}

// Asking says that a colleague was asked to take the chat, and how long they have.
function Asking({ name, until }: { name: string; until: string }) {
  const t = useT();
  const now = useNow();
  const offset = useDesk()?.offset ?? 0;
  const left = Math.max(0, Math.ceil((Date.parse(until) - offset - now) / 1000));
  return (
    <div className={s.asking} role="status">
      <ArrowRightLeft aria-hidden />
      <p>{t('chat.asking', { name })}</p>
      <span aria-hidden>{t('chat.asking.left', { n: left })}</span>
    </div>
  );
}

// useSeen marks a chat as read while it is looked at, and says what came since the last look.
function useSeen(chat: number, log: Log, elsewhere: number): Unseen {
  const connected = useConnected();
  const last = head(log);
  const [looked, setLooked] = useState<Unseen | null>(null);
  const rows = useRef(log.rows);
  rows.current = log.rows;
  const readBefore = useRef(elsewhere); // on another browser, or before a reload
  useEffect(() => {
    const look = (again: boolean) => {
      if (document.visibilityState !== 'visible' || !connected || last === 0) return;
      const now = { from: Math.max(useReads.getState().seen.get(chat) ?? 0, readBefore.current, lastOwnSeq(rows.current)), upTo: last };
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
