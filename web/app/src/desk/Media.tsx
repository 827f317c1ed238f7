// What a text brings along: pictures and videos as tiles that open large, a note for what was refused.
import { Play } from 'lucide-react';
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import type { Media, Message } from '../api/protocol.ts';
import { has, useT, type T } from '../i18n/index.ts';
import { clock } from '../parts/clock.ts';
import { Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import s from './transcript.module.css';

const Viewer = later(() => import('./Viewer.tsx'));

export const mediaURL = (m: Media) => `/api/console/media/${m.id}`;
export const isVideo = (m: Media) => m.type?.startsWith('video/') ?? false;

const mostTiles = 4; // the viewer walks through all

// Whose a file is: the customer's, the reader's own, or that of a colleague whom the reader reads along with.
export type From = 'customer' | 'me' | { name?: string };

export const fromOf = (m: Message, me?: number): From => (m.sender === 'end_user' ? 'customer' : m.user && m.user.id === me ? 'me' : { name: m.user?.name });

export function MediaTiles({ media, from, time }: { media?: readonly Media[]; from: From; time: string }) {
  const t = useT();
  const [open, setOpen] = useState<number | null>(null);
  if (!media?.length) return null;
  const ready = media.filter((m) => m.state === 'ready');
  const more = ready.length === media.length ? media.length - mostTiles : 0; // the last tile stands for them
  const name = (m: Media) => nameOf(t, m, from, time);
  return (
    <div className={s.media}>
      {(more > 0 ? media.slice(0, mostTiles) : media).map((m, i) => {
        if (m.state === 'fetching') {
          return (
            <div key={m.id ?? i} role="status" aria-label={t('chat.mediaFetching')}>
              <Skeleton width={180} height={136} />
            </div>
          );
        }
        if (m.state !== 'ready') {
          return (
            <p key={m.id ?? i} className={s.meta}>
              {m.state === 'erased' ? t('chat.mediaErased') : t('chat.mediaRefused', { why: whyRefused(t, m.reason) })}
            </p>
          );
        }
        const show = () => setOpen(ready.indexOf(m));
        const rest = more > 0 && i === mostTiles - 1 && <span className={s.moreMedia}>{t('chat.moreMedia', { n: more })}</span>;
        if (isVideo(m)) {
          return (
            <VideoTile key={m.id} media={m} name={name(m)} onOpen={show}>
              {rest}
            </VideoTile>
          );
        }
        return (
          <button key={m.id} type="button" onClick={show}>
            <img src={mediaURL(m)} alt={name(m)} loading="lazy" width={m.width} height={m.height} />
            {rest}
          </button>
        );
      })}
      {open !== null && (
        <Suspense fallback={null}>
          <Viewer media={ready} at={open} name={name} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </div>
  );
}

// VideoTile is a video's first picture with its length. One that this browser can't show says so; the viewer has it to download.
function VideoTile({ media, name, onOpen, children }: { media: Media; name: string; onOpen: () => void; children?: ReactNode }) {
  const t = useT();
  const [length, setLength] = useState<number>(); // in seconds, once it is known
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const { current } = video;
    const tell = () => current && Number.isFinite(current.duration) && setLength(Math.max(1, Math.round(current.duration)));
    tell(); // it may have loaded before it was shown
    current?.addEventListener('durationchange', tell);
    return () => current?.removeEventListener('durationchange', tell);
  }, []);
  const known = length !== undefined;
  return (
    <button type="button" onClick={onOpen} aria-label={known ? t('chat.videoLength', { name, length: clock(length * 1000) }) : name}>
      <video
        ref={video}
        src={`${mediaURL(media)}#t=0.1`} // a moment in, so that every browser draws a picture
        muted
        playsInline
        preload="metadata"
        tabIndex={-1}
      />
      <span className={s.film} aria-hidden>
        <Play />
        {known ? clock(length * 1000) : t('chat.video')}
      </span>
      {children}
    </button>
  );
}

function nameOf(t: T, m: Media, from: From, time: string): string {
  const kind = isVideo(m) ? 'video' : 'photo';
  if (from === 'customer') return t(`chat.${kind}Customer`, { time });
  if (from === 'me') return t(`chat.${kind}Sent`, { time });
  return from.name ? t(`chat.${kind}From`, { name: from.name, time }) : t(`chat.${kind}Ours`, { time });
}

function whyRefused(t: T, reason?: string): string {
  const key = `media.why.${reason}`;
  return has(key) ? t(key) : t('media.why.unreachable');
}
