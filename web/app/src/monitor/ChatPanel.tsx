// Reading along in a chat: its transcript as its agent sees it, and what a supervisor can do.
import { Link, useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Chat, Frame } from '../api/protocol.ts';
import { useWords } from '../i18n/index.ts';
import { useKey } from '../keys/useKey.ts';
import { Button, IconButton, partStyles, Segmented } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import { itemOf } from '../shell/chats.ts';
import { useConnected, useDesk, useLog } from '../shell/live.tsx';
import type { BoardChat } from './board.ts';
import { useDialogs } from './Dialogs.tsx';
import s from './monitor.module.css';
import { Transcript } from './Transcript.tsx';
import { useShown } from './useBoards.ts';
import { words } from './words.ts';

const nothingNew = { from: 0, upTo: 0 };

// useFollowing reads along while the panel is open, again after every new connection.
function useFollowing(chat: number): { head: Chat | undefined; failed: string | undefined } {
  const live = useConnected()?.live;
  const [head, setHead] = useState<Chat>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    if (!live) return;
    let gone = false;
    const follow = async () => {
      try {
        const found = (await live.request('follow', chat)) as Chat;
        if (gone) return;
        setHead(found);
        setFailed(undefined);
        await live.resume([chat]);
      } catch (e) {
        if (!gone && (e as { refusal?: { code: string } }).refusal?.code !== 'disconnected') setFailed((e as Error).message);
      }
    };
    const stop = live.listen((f: Frame) => {
      if (f.type === 'hello') void follow();
      if (f.chat_id === chat && f.type === 'chat_updated') setHead(f.data as Chat);
    });
    void follow();
    return () => {
      gone = true;
      stop();
      void live.request('unfollow', chat).catch(() => {});
    };
  }, [live, chat]);
  return { head, failed };
}

export function ChatPanel({ chat }: { chat: number }) {
  const say = useWords(words);
  const navigate = useNavigate();
  const { head, failed } = useFollowing(chat);
  const row = useShown().boards.chats?.get(chat);
  const log = useLog(chat);
  const desk = useDesk();
  const me = desk?.agent.id;
  const mine = desk?.chats[chat] && !desk.chats[chat].closed;
  const item = useMemo(() => head && itemOf(head, log, Number.MAX_SAFE_INTEGER), [head, log]);
  const joined = useMemo(() => {
    let is = false;
    for (const r of log.rows) {
      if (r.type !== 'event' || r.event.user?.id !== me) continue;
      if (r.event.kind === 'joined') is = true;
      if (r.event.kind === 'left') is = false;
    }
    return is;
  }, [log.rows, me]);
  const close = () => void navigate({ to: '/monitor', search: (was) => was });
  useKey('close', close);
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);

  const name = head ? head.end_user.name || tel(head.end_user.number) : '';
  const over = head && ['finished', 'failed', 'canceled'].includes(head.status);
  return (
    <aside className={s.panel} aria-label={say('panel.label', { name })} data-pane tabIndex={-1} ref={box}>
      <header>
        <div>
          <h2>{name}</h2>
          <p>
            {[head?.queue?.path, row?.agent?.name, `#${chat}`].filter(Boolean).join(' · ')}
          </p>
        </div>
        <IconButton icon={X} label={say('panel.close')} onClick={close} />
      </header>
      {failed && <p className={s.none}>{failed}</p>}
      {item ? <Transcript item={item} log={log} unseen={nothingNew} /> : <div className={s.fill} />}
      {head && <Foot chat={chat} head={head} row={row} joined={joined} mine={!!mine} over={!!over} />}
    </aside>
  );
}

function Foot({ chat, head, row, joined, mine, over }: { chat: number; head: Chat; row: BoardChat | undefined; joined: boolean; mine: boolean; over: boolean }) {
  const say = useWords(words);
  const live = useConnected()?.live;
  const ask = useDialogs((d) => d.ask);
  const held = head.status === 'assigned';
  const about = { chat_id: chat, end_user: head.end_user, agent: row?.agent ?? null };
  const able = held && !mine && !over;
  useKey('monTake', () => ask('take', about), able);
  useKey('monTransfer', () => ask('transfer', about), able);
  useKey('monEnd', () => ask('end', about), !over);
  const tell = (type: string) => void live?.request(type, chat).catch((e: Error) => notice(say('act.failed', { why: e.message })));
  if (over) return <p className={s.foot}>{say('panel.over')}</p>;
  if (mine) {
    return (
      <p className={s.foot}>
        {say('panel.mine')}{' '}
        <Link to="/desk/$chat" params={{ chat }} className={partStyles.button}>
          {say('panel.desk')}
        </Link>
      </p>
    );
  }
  return (
    <footer className={s.foot}>
      <p role="status">{say(joined ? 'panel.joined' : 'panel.reading')}</p>
      <Write chat={chat} joined={joined} />
      <div className={s.acts}>
        <Button disabled={!held} onClick={() => tell(joined ? 'leave' : 'join')}>
          {say(joined ? 'act.leave' : 'act.join')}
        </Button>
        <Button disabled={!held} onClick={() => ask('take', about)} keyId="monTake">
          {say('act.takeOver')}
        </Button>
        <Button disabled={!held} onClick={() => ask('transfer', about)} keyId="monTransfer">
          {say('act.transfer')}
        </Button>
        <Button onClick={() => ask('end', about)} keyId="monEnd">
          {say('act.end')}
        </Button>
      </div>
    </footer>
  );
}

// Write is a note to the agent, or, once joined, a text to the customer.
function Write({ chat, joined }: { chat: number; joined: boolean }) {
  const say = useWords(words);
  const live = useConnected()?.live;
  const [to, setTo] = useState<'whisper' | 'text'>('whisper');
  const [text, setText] = useState('');
  const whisper = !joined || to === 'whisper';
  const send = () => {
    const body = text.trim();
    if (body === '' || !live) return;
    setText('');
    const sent = whisper ? live.request('whisper', chat, { text: body }) : live.send(chat, body);
    sent.catch((e: Error) => {
      setText(body);
      notice(say('act.failed', { why: e.message }));
    });
  };
  return (
    <form
      className={s.write}
      data-whisper={whisper || undefined}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      {joined && <Segmented label={say('panel.mode')} value={to} onChange={setTo} options={[{ value: 'whisper', label: say('panel.whisper') }, { value: 'text', label: say('panel.text') }]} />}
      <textarea
        rows={2}
        maxLength={whisper ? 1000 : 1600}
        aria-label={say(whisper ? 'whisper.label' : 'text.label')}
        placeholder={whisper ? say('whisper.placeholder') : undefined}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') e.currentTarget.blur();
          if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
          e.preventDefault();
          send();
        }}
      />
      <Button type="submit" look="primary">
        {say(whisper ? 'whisper.send' : 'text.send')}
      </Button>
    </form>
  );
}
