// What the socket says that calls an agent, wherever they look: a sound, a word for a screen reader, a notification, a toast, or
// a line under the bell for what may be missed.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Desk } from '../api/desk.ts';
import { queryKeys } from '../api/keys.ts';
import type { Heard } from '../api/live.ts';
import { has, t as say, useLang, type Key } from '../i18n/index.ts';
import { announce } from '../parts/announce.tsx';
import { timeOf } from '../parts/clock.ts';
import { notice } from '../parts/toast.tsx';
import { usePrefs, type Alert } from '../prefs.ts';
import { chime, notify } from './alerts.ts';
import { nameOf } from './chats.ts';
import { settle, tell } from './news.ts';

export function useHeard(): Heard {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMemo<Heard>(() => {
    const who = (chat: number) => {
      const held = cache.getQueryData<Desk>(queryKeys.desk)?.chats[chat];
      return held ? nameOf(held) : say('chat.customer');
    };
    const keep = (key: Key, chat: number, values: Record<string, string> = {}) => tell({ key, chat, at: Date.now(), values: { name: who(chat), ...values } });
    return {
      offer: (o) => {
        const of = o.transfer ? 'handover' : 'offer';
        chime(of);
        const left = Math.round((Date.parse(o.expires_at) - Date.now()) / 1000);
        const values = { queue: o.queue?.path ?? '', who: nameOf(o), n: left };
        if (isSaid(of)) announce(left > 0 && left < 600 ? say('offer.announceLeft', values) : say('offer.announce', values), 'assertive');
        notify(of, say('alert.offer'), [o.queue?.path, nameOf(o)].filter(Boolean).join(' · '), `offer${o.chat_id}`, () => void navigate({ to: '/desk' }));
      },
      missed: (o) => keep('bell.missed', o.chat_id, { name: [nameOf(o), o.queue?.path].filter(Boolean).join(', ') }),
      assigned: (chat) => settle(chat, 'bell.missed'),
      transfer: (chat, news) => {
        const name = news.to?.name ?? '';
        if (news.state === 'ended' && news.to && cache.getQueryData<Desk>(queryKeys.desk)?.chats[chat]) notice(say('chat.transferTook', { name, customer: who(chat) }));
        const why = `chat.transferFailed.${news.why}`;
        if (news.state === 'failed' && has(why)) notice(say(why, { name }));
      },
      text: (chat, message, at) => {
        const name = who(chat);
        chime('text');
        if (isSaid('text')) announce(say('chat.said', { who: name, time: timeOf(at, useLang.getState().lang), text: message.text }));
        notify('text', say('alert.text', { name }), message.text, `chat${chat}`, () => void navigate({ to: '/desk/$chat', params: { chat } }));
      },
      undelivered: (chat) => keep('bell.failed', chat),
      whisper: (chat, by) => keep('bell.whisper', chat, { by }),
      closed: (chat, how) => {
        if (how.why === 'taken') keep('bell.taken', chat, { by: how.by ?? '' });
        if (how.why === 'requeued') keep('bell.requeued', chat);
      },
    };
  }, [cache, navigate]);
}

const isSaid = (of: Alert) => !usePrefs.getState().muted_announcements.includes(of);
