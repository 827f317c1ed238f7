// What a text brings along: pictures in place, videos with their controls, a note for what was refused.
import { Suspense, useState } from 'react';
import type { Media } from '../api/protocol.ts';
import { has, useT, type T } from '../i18n/index.ts';
import { Skeleton } from '../parts/index.tsx';
import { later } from '../parts/later.ts';
import s from './transcript.module.css';

const Viewer = later(() => import('./Viewer.tsx'));

export const mediaURL = (m: Media) => `/api/console/media/${m.id}`;
export const isVideo = (m: Media) => m.type?.startsWith('video/') ?? false;

const mostTiles = 4; // of pictures; the viewer walks through all

export function MediaTiles({ media, mine, time }: { media?: readonly Media[]; mine: boolean; time: string }) {
  const t = useT();
  const [open, setOpen] = useState<number | null>(null);
  if (!media?.length) return null;
  const pictures = media.filter((m) => m.state === 'ready' && !isVideo(m));
  const more = pictures.length === media.length ? media.length - mostTiles : 0; // the last tile stands for them
  const name = t(mine ? 'chat.mediaSent' : 'chat.media', { time });
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
        if (isVideo(m)) return <video key={m.id} src={mediaURL(m)} controls preload="metadata" aria-label={name} />;
        return (
          <button key={m.id} type="button" onClick={() => setOpen(pictures.indexOf(m))}>
            <img src={mediaURL(m)} alt={name} loading="lazy" width={m.width} height={m.height} />
            {more > 0 && i === mostTiles - 1 && <span className={s.moreMedia}>{t('chat.moreMedia', { n: more })}</span>}
          </button>
        );
      })}
      {open !== null && (
        <Suspense fallback={null}>
          <Viewer pictures={pictures} at={open} name={name} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </div>
  );
}

function whyRefused(t: T, reason?: string): string {
  const key = `media.why.${reason}`;
  return has(key) ? t(key) : t('media.why.unreachable');
}
