// Photos of a handset: picked, shown before they are sent, and shown in its texts.
import { Camera, FileX2, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useT } from '../i18n/index.ts';
import { Menu, MenuItem, MenuLabel, MenuLine } from '../parts/menu.tsx';
import { notice } from '../parts/toast.tsx';
import { mostBytes, mostPictures, samplePicture, samples, shownAt, type Picture } from './pictures.ts';
import s from './sim.module.css';

export function usePhotos() {
  const t = useT();
  const [photos, setPhotos] = useState<readonly Picture[]>([]);
  const add = (more: readonly Picture[]) => {
    const next = [...photos, ...more];
    if (next.length > mostPictures) return notice(t('attach.tooMany', { n: mostPictures }));
    if (next.reduce((sum, p) => sum + size(p), 0) > mostBytes) return notice(t('sim.photos.tooLarge'));
    setPhotos(next);
  };
  return {
    photos,
    add,
    remove: (i: number) => setPhotos((all) => all.filter((_, k) => k !== i)),
    clear: () => setPhotos([]),
    addFiles: async (files: readonly File[]) => {
      if (files.some((f) => f.size > mostBytes)) return notice(t('sim.photos.tooLarge'));
      add(await Promise.all(files.map(read)));
    },
  };
}

function size(p: Picture): number {
  return p.source.startsWith('data:') ? (p.source.length - p.source.indexOf(',')) * 0.75 : 0;
}

function read(file: File): Promise<Picture> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ source: String(reader.result), shown: String(reader.result), name: file.name });
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
}

export function PhotoMenu({ onPick, onFiles }: { onPick: (p: Picture) => void; onFiles: (files: File[]) => void }) {
  const t = useT();
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        hidden
        multiple
        accept="image/*,video/*"
        aria-label={t('sim.photos.choose')}
        onChange={(e) => {
          onFiles([...(e.target.files ?? [])]);
          e.target.value = '';
        }}
      />
      <Menu
        side="top"
        align="start"
        button={
          <button type="button" className={s.camera} aria-label={t('sim.photos')}>
            <Camera aria-hidden />
          </button>
        }
      >
        <MenuLabel>{t('sim.photos.sample')}</MenuLabel>
        {samples.map((name) => (
          <MenuItem key={name} icon={<img className={s.sample} src={samplePicture(name).shown} alt="" />} onClick={() => onPick(samplePicture(name))}>
            {t(`sim.photos.${name}`)}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onClick={() => picker.current?.click()}>{t('sim.photos.choose')}</MenuItem>
      </Menu>
    </>
  );
}

export function Attached({ photos, remove }: { photos: readonly Picture[]; remove: (i: number) => void }) {
  const t = useT();
  if (photos.length === 0) return null;
  return (
    <ul className={s.attached} aria-label={t('sim.photos.attached')}>
      {photos.map((p, i) => (
        <li key={i}>
          <Shot address={p.shown} alt={p.name} />
          <button type="button" aria-label={t('attach.remove', { name: p.name })} onClick={() => remove(i)}>
            <X aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

// SentPicture shows a picture of a text from where this page can load it.
export function SentPicture({ address }: { address: string }) {
  const t = useT();
  const at = shownAt(address);
  return at === null ? <Missing words={t('sim.pictureForeign')} /> : <Shot address={at} alt={t('sim.picture')} />;
}

// Shot is a picture, else a film, else a mark that neither could be shown: an address does not say what lies there.
function Shot({ address, alt }: { address: string; alt: string }) {
  const t = useT();
  const [as, setAs] = useState<'picture' | 'film' | 'nothing'>('picture');
  if (as === 'picture') return <img src={address} alt={alt} onError={() => setAs('film')} />;
  if (as === 'film') return <video src={address} aria-label={alt} controls muted preload="metadata" onError={() => setAs('nothing')} />;
  return <Missing words={t('sim.pictureGone')} />;
}

function Missing({ words }: { words: string }) {
  return (
    <span className={s.missing}>
      <FileX2 aria-hidden />
      {words}
    </span>
  );
}
