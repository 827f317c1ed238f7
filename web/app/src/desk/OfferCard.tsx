// An incoming chat: still, with a countdown ring; it never takes the focus.
import { useNavigate } from '@tanstack/react-router';
import { ArrowRightLeft } from 'lucide-react';
import { useLink } from '../api/link.ts';
import type { Offer } from '../api/desk.ts';
import { useLang, useT } from '../i18n/index.ts';
import { clock, useNow } from '../parts/clock.ts';
import { Button, Ring, Tag } from '../parts/index.tsx';
import { languageName } from '../parts/language.ts';
import { tel } from '../parts/tel.ts';
import { useDesk } from '../shell/live.tsx';
import { useAnswer } from './answer.ts';
import s from './offer.module.css';

// Past this a countdown says nothing: a multicast offer lives as long as the chat waits.
const countsDown = 120_000;

export function OfferCard({ offer }: { offer: Offer }) {
  const t = useT();
  const now = useNow();
  const lang = useLang((x) => x.lang);
  const offset = useDesk()?.offset ?? 0;
  const away = useLink((l) => l.phase !== 'live');
  const navigate = useNavigate();
  const { answer, decline } = useAnswer((id) => void navigate({ to: '/desk/$chat', params: { chat: id } }));

  if (offer.state === 'lost' || offer.state === 'missed') {
    return (
      <p className={s.lost} role="status">
        {offer.state === 'lost' ? t('offer.lost', { name: offer.by ?? '' }) : t('offer.missed')}
      </p>
    );
  }
  const ends = Date.parse(offer.expires_at) - offset;
  const left = ends - now;
  const who = offer.end_user.name ? `${offer.end_user.name} · ` : '';
  const busy = offer.state === 'answering';
  return (
    <article className={s.offer} aria-label={t('offer.title')}>
      <div className={s.offerTop}>
        <h2>
          {t('offer.title')}
          {offer.lang && offer.lang !== lang && (
            <Tag tone="acc" lang={offer.lang}>
              {languageName(offer.lang)}
            </Tag>
          )}
        </h2>
        {left > 0 && ends - offer.seenAt <= countsDown && <Ring left={left} total={ends - offer.seenAt} />}
      </div>
      {offer.queue && <p>{offer.queue.path}</p>}
      {offer.transfer && <Handed by={offer.transfer.by.name} note={offer.transfer.note} />}
      <p className={s.offerMeta}>
        {who}
        {tel(offer.end_user.number)} · <span>{t('offer.waiting', { age: clock(now + offset - Date.parse(offer.waiting_since)) })}</span>
      </p>
      {offer.preview && (
        <p className={s.offerPreview} lang={offer.lang}>
          “{offer.preview}”
        </p>
      )}
      <div className={s.offerButtons}>
        <Button look="primary" size="form" keyId="answer" disabled={away} aria-disabled={busy} onClick={() => !busy && answer(offer.chat_id)}>
          {t(busy ? 'offer.answering' : 'offer.answer')}
        </Button>
        <Button size="form" keyId="decline" disabled={away || busy} onClick={() => decline(offer.chat_id)}>
          {t('offer.decline')}
        </Button>
      </div>
    </article>
  );
}

function Handed({ by, note }: { by: string; note?: string }) {
  const t = useT();
  const text = t('offer.handed', { name: by });
  return (
    <p className={s.handed}>
      <ArrowRightLeft aria-hidden />
      <span>{note ? t('chat.withNote', { text, note }) : text}</span>
    </p>
  );
}
