// The reply: what it costs while it is written, and a plain reason whenever it can't be sent.
import { Link } from '@tanstack/react-router';
import { Ban, Braces, CircleCheck, Moon, Paperclip, Slash } from 'lucide-react';
import { Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useT } from '../i18n/index.ts';
import { aria, show, useCombo } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { useNow, useTimes } from '../parts/clock.ts';
import { Button, IconButton, partStyles } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import { tel } from '../parts/tel.ts';
import { replaceSmart } from '../segments.ts';
import type { Item } from '../shell/chats.ts';
import { useConnected, useDesk, useLog } from '../shell/live.tsx';
import { Attachments, useAttachments } from './Attachments.tsx';
import s from './composer.module.css';
import { chatLimit, CostMeter, CostNote, useCost } from './Cost.tsx';
import { clear, useDrafts, write } from './drafts.ts';
import { keepFocus, takesFocus } from './focus.ts';
import { closedAt } from './hours.ts';
import { takesText } from './insert.ts';
import { put, triggerAt, type Written } from './suggest.ts';
import { usedIn } from './used.ts';
import type { SuggestionKeys } from './Suggestions.tsx';
import { eventOf } from './transcript.ts';

const mostInserted = 50; // that a draft keeps
const Suggestions = later(() => import('./Suggestions.tsx'));

export function Composer({ item }: { item: Item }) {
  const log = useLog(item.id);
  const opted = eventOf(log.rows, 'opted_out');
  const loaded = useDrafts((d) => d.loaded);
  if (opted || item.chat.opted_out) return <OptedOut item={item} at={opted?.at} />;
  if (item.chat.closed || ['finished', 'failed', 'canceled'].includes(item.chat.status)) return <Ended item={item} />;
  return loaded ? <Box item={item} /> : <div className={s.composer} />;
}

function OptedOut({ item, at }: { item: Item; at?: string }) {
  const t = useT();
  const { day } = useTimes();
  return (
    <div className={s.composer}>
      <div className={s.closed} data-tone="bad" role="status" ref={keepFocus} tabIndex={-1}>
        <Ban aria-hidden />
        <p>
          {t('composer.optedOut', { name: item.name, when: at ? t('composer.optedOutWhen', { date: day(at, 0) }) : '' })} {t('composer.optedOutHow')}
        </p>
        {item.chat.closed && <CloseLink />}
      </div>
    </div>
  );
}

function Ended({ item }: { item: Item }) {
  const t = useT();
  const closed = item.chat.closed;
  const why =
    closed?.why === 'taken'
      ? t('chat.removed.taken', { name: closed.by ?? '' })
      : closed?.why === 'requeued' || closed?.why === 'dismissed'
        ? t(`chat.removed.${closed.why}`)
        : t('composer.ended');
  return (
    <div className={s.composer}>
      <div className={s.closed} role="status" ref={keepFocus} tabIndex={-1}>
        <CircleCheck aria-hidden />
        <p>{why}</p>
        <CloseLink />
      </div>
    </div>
  );
}

// Hours says that the queue is closed. A reply goes out all the same: quiet hours and hours of operation hold back no answer.
function Hours({ chat }: { chat: Item['chat'] }) {
  const t = useT();
  const { day, time } = useTimes();
  const now = useNow() + (useDesk()?.offset ?? 0);
  const until = closedAt(chat.queue_closed, now);
  if (until === null || !chat.queue) return null;
  const at = day(until === Infinity ? now : until, now) === day(now, now) ? '' : `${day(until, now)}, `;
  const queue = chat.queue.path;
  return (
    <p className={s.hours} id="composer-hours">
      <Moon aria-hidden />
      {until === Infinity ? t('composer.closed', { queue }) : t('composer.closedUntil', { queue, time: at + time(until) })}
    </p>
  );
}

function CloseLink() {
  const t = useT();
  return (
    <Link to="/desk" className={partStyles.button}>
      {t('app.close')}
    </Link>
  );
}

function Box({ item }: { item: Item }) {
  const t = useT();
  const { id, chat, name } = item;
  const connected = useConnected();
  const label = useDesk() && chat.number;
  const [text, setText] = useState(() => useDrafts.getState().byChat.get(id)?.text ?? '');
  const [caret, setCaret] = useState(0);
  const [closedAt, setClosedAt] = useState<number | null>(null); // the sign whose list was closed
  const [active, setActive] = useState<string>();
  const [jump, setJump] = useState({ to: -1 }); // where a text that was written for the agent wants the caret
  const suggestions = useRef<SuggestionKeys>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const typedAt = useRef(0);
  const inserted = useRef(useDrafts.getState().byChat.get(id)?.inserted ?? []); // shortcuts; empty of text they are forgotten
  const cost = useCost(text);
  const { over, plain } = cost;
  const attached = useAttachments();
  const picker = useRef<HTMLInputElement>(null);
  const mayLeave = (text.trim() !== '' || attached.ids.length > 0) && over === 0 && !attached.uploading;

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(el.scrollHeight, 8 * 21 + 20)}px`;
  }, [text]);

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    const caret = useDrafts.getState().byChat.get(id)?.caret ?? 0;
    el.setSelectionRange(caret, caret);
    if (takesFocus(id)) el.focus();
  }, [id]);

  // Before the next key: a caret that moves later than that would put its letter in the wrong place.
  useLayoutEffect(() => {
    if (jump.to >= 0) area.current?.setSelectionRange(jump.to, jump.to);
  }, [jump]);

  const keep = (value: string) => connected && write(connected.shelf, id, { text: value, caret: area.current?.selectionStart ?? value.length, ...(inserted.current.length > 0 && { inserted: inserted.current }) });
  const change = (value: string) => {
    if (value.trim() === '') inserted.current = [];
    setText(value);
    keep(value);
    if (value !== '' && Date.now() - typedAt.current > 5000) {
      typedAt.current = Date.now();
      connected?.live.typing(id);
    }
  };
  // replace writes the text anew with its caret; typing goes on behind it.
  const replace = ({ text: value, caret: at }: Written) => {
    change(value);
    setCaret(at);
    setClosedAt(triggerAt(value, at)?.from ?? null); // a sign inside of what was inserted calls for nothing
    setJump({ to: at });
    area.current?.focus();
  };
  const took = (value: string, of?: number) => {
    if (of !== undefined) inserted.current = [...inserted.current, { id: of, text: value }].slice(-mostInserted);
  };
  const insert = (value: string, of?: number) => {
    const el = area.current;
    took(value, of);
    replace(put(text, { from: el?.selectionStart ?? text.length, to: el?.selectionEnd ?? text.length }, value));
  };
  const open = (sign: string) => {
    const before = text.slice(0, area.current?.selectionStart ?? text.length);
    insert(before === '' || /\s$/.test(before) || sign === '{' ? sign : ` ${sign}`);
    setClosedAt(null);
  };
  const latest = useRef(insert);
  latest.current = insert;
  useEffect(() => takesText((...written) => latest.current(...written)), []);

  const trigger = useMemo(() => triggerAt(text, caret), [text, caret]);
  const asked = trigger && trigger.from !== closedAt ? trigger : null;
  const pointAt = useCallback((option: string | undefined) => setActive(option), []);

  const send = () => {
    if (!mayLeave || !connected) return;
    void connected.live.send(id, text.trim(), attached.ids, usedIn(text, inserted.current));
    inserted.current = [];
    setText('');
    attached.clear();
    clear(connected.shelf, id);
    area.current?.focus();
  };
  const usePlain = () => {
    const el = area.current!;
    const caret = replaceSmart(text.slice(0, el.selectionStart)).length;
    change(plain);
    setJump({ to: caret });
  };

  const sendKey = useCombo('send');
  useKey('send', send);
  useKey('leave', () => area.current?.blur());
  useKey('plain', usePlain, plain !== text);

  return (
    <div className={s.composer}>
      <Hours chat={chat} />
      {asked && (
        <Suspense>
          <Suggestions
            ref={suggestions}
            chat={id}
            lang={chat.lang}
            trigger={asked}
            onPick={(value, of) => {
              took(value, of);
              replace(put(text, asked, value));
            }}
            onClose={() => setClosedAt(asked.from)}
            onActive={pointAt}
          />
        </Suspense>
      )}
      <div
        className={s.box}
        data-keys="composer"
        data-of={id}
        data-over={over > 0 || undefined}
        onDragOver={(e) => e.preventDefault()}
        onDrop={(e) => {
          e.preventDefault();
          attached.add([...e.dataTransfer.files]);
        }}
      >
        <Attachments files={attached.files} remove={attached.remove} />
        <textarea
          ref={area}
          rows={2}
          value={text}
          aria-label={t('composer.label', { name })}
          aria-keyshortcuts={aria('reply')}
          aria-describedby="composer-hours composer-cost"
          aria-invalid={over > 0}
          placeholder={t('composer.placeholder')}
          lang={chat.lang}
          aria-autocomplete="list"
          aria-controls={active && 'suggestions'}
          aria-activedescendant={active}
          onChange={(e) => {
            change(e.target.value);
            setCaret(e.target.selectionStart);
            if (!triggerAt(e.target.value, e.target.selectionStart)) setClosedAt(null);
          }}
          onKeyDown={(e) => {
            // A list that is still on its way keeps Enter from sending the sign that asked for it.
            if (!e.nativeEvent.isComposing && asked && (suggestions.current?.press(e) ?? e.key === 'Enter')) e.preventDefault();
          }}
          onBlur={() => setClosedAt(asked?.from ?? null)}
          onFocus={() => setClosedAt(null)}
          onPaste={(e) => {
            if (e.clipboardData.files.length === 0) return;
            e.preventDefault();
            attached.add([...e.clipboardData.files]);
          }}
          onSelect={(e) => {
            setCaret(e.currentTarget.selectionStart === e.currentTarget.selectionEnd ? e.currentTarget.selectionEnd : -1);
            if (text !== '') keep(text);
          }}
        />
        <CostNote text={text} of={cost} usePlain={usePlain} />
        <div className={s.boxFoot}>
          <input
            ref={picker}
            type="file"
            hidden
            multiple
            accept="image/jpeg,image/png,image/gif,video/mp4,video/3gpp"
            onChange={(e) => {
              attached.add([...(e.target.files ?? [])]);
              e.target.value = '';
            }}
          />
          <IconButton icon={Slash} label={t('composer.shortcuts')} keyId="shortcuts" onClick={() => open('/')} />
          <IconButton icon={Braces} label={t('composer.attributes')} keyId="attributes" onClick={() => open('{')} />
          <IconButton icon={Paperclip} label={t('attach.add')} onClick={() => picker.current?.click()} />
          <span className={s.cost} id="composer-cost">
            <CostMeter text={text} of={cost} />
          </span>
          <Button look="primary" size="form" keyId="send" aria-disabled={!mayLeave} data-tip={over > 0 ? t('composer.tooLong', { n: over, limit: chatLimit.toLocaleString() }) : undefined} onClick={send}>
            {t('composer.send')}
          </Button>
        </div>
      </div>
      <p className={s.boxHint}>
        <span>
          {label && `${t('composer.from', { number: tel(label) })} · `}
          {sendKey && t('composer.hint', { key: sendKey === 'Enter' ? sendKey : show(sendKey) })}
        </span>
        {text !== '' && <span>{t('composer.draft')}</span>}
      </p>
    </div>
  );
}
