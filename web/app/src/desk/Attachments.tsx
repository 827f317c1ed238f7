// Files that go with the reply: uploaded when they are chosen, shown above the box, removable until they are sent.
import { X } from 'lucide-react';
import { useState } from 'react';
import { uploadMedia } from '../api/client.ts';
import type { Media } from '../api/protocol.ts';
import { useT } from '../i18n/index.ts';
import { IconButton, Skeleton } from '../parts/index.tsx';
import { notice } from '../parts/toast.tsx';
import s from './composer.module.css';
import { isVideo, mediaURL } from './Media.tsx';

const mostFiles = 10;
const mostBytes = 5 * 1024 * 1024;

export interface Attachment {
  key: string;
  name: string;
  media?: Media; // once it is uploaded
}

export function useAttachments() {
  const t = useT();
  const [files, setFiles] = useState<readonly Attachment[]>([]);
  const add = (chosen: readonly File[]) => {
    const room = mostFiles - files.length;
    if (chosen.length > room) notice(t('attach.tooMany', { n: mostFiles }));
    for (const file of chosen.slice(0, Math.max(0, room))) {
      if (file.size > mostBytes) {
        notice(t('attach.tooLarge', { name: file.name }));
        continue;
      }
      const key = crypto.randomUUID();
      setFiles((all) => [...all, { key, name: file.name }]);
      uploadMedia(file).then(
        (media) => setFiles((all) => all.map((f) => (f.key === key ? { ...f, media } : f))),
        (e: Error) => {
          setFiles((all) => all.filter((f) => f.key !== key));
          notice(t('attach.failed', { name: file.name, why: e.message }));
        },
      );
    }
  };
  return {
    files,
    add,
    remove: (key: string) => setFiles((all) => all.filter((f) => f.key !== key)),
    clear: () => setFiles([]),
    uploading: files.some((f) => !f.media),
    ids: files.flatMap((f) => (f.media?.id === undefined ? [] : [f.media.id])),
  };
}

export function Attachments({ files, remove }: { files: readonly Attachment[]; remove: (key: string) => void }) {
  const t = useT();
  if (files.length === 0) return null;
  return (
    <ul className={s.attachments} aria-label={t('attach.list')}>
      {files.map((f) => (
        <li key={f.key}>
          {!f.media ? (
            <div role="status" aria-label={t('attach.uploading', { name: f.name })}>
              <Skeleton width={64} height={64} />
            </div>
          ) : isVideo(f.media) ? (
            <span>{f.name}</span>
          ) : (
            <img src={mediaURL(f.media)} alt={f.name} />
          )}
          <IconButton icon={X} label={t('attach.remove', { name: f.name })} onClick={() => remove(f.key)} />
        </li>
      ))}
    </ul>
  );
}
