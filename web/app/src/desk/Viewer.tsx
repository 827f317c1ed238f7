// One picture at its full size. Loaded when the first one is opened.
import { ChevronLeft, ChevronRight, Download, RotateCw, ZoomIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Media } from '../api/protocol.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button, IconButton, partStyles } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { mediaURL } from './Media.tsx';
import s from './viewer.module.css';

export default function Viewer({ pictures, at, name, onClose }: { pictures: readonly Media[]; at: number; name: string; onClose: () => void }) {
  const t = useT();
  const [index, setIndex] = useState(at);
  const [turns, setTurns] = useState(0);
  const [large, setLarge] = useState(false);
  const many = pictures.length > 1;
  const show = (by: number) => {
    setIndex((i) => (i + by + pictures.length) % pictures.length);
    setTurns(0);
    setLarge(false);
  };
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      if (many && e.key === 'ArrowLeft') show(-1);
      if (many && e.key === 'ArrowRight') show(1);
      if (e.key !== 'Escape') return;
      e.preventDefault(); // it closes the picture and not the chat behind it
      onClose();
    };
    addEventListener('keydown', pressed, true);
    return () => removeEventListener('keydown', pressed, true);
  });
  const picture = pictures[index]!;
  return (
    <Modal opened onClose={onClose} closeOnEscape={false} withCloseButton={false} size="auto" attributes={{ content: { 'aria-label': name } }}>
      <div className={s.viewer} data-large={large || undefined} data-turns={turns % 4}>
        <img src={mediaURL(picture)} alt={many ? `${name} (${index + 1}/${pictures.length})` : name} />
      </div>
      <div className={s.viewerFoot}>
        {many && <IconButton icon={ChevronLeft} label={t('viewer.previous')} onClick={() => show(-1)} />}
        {many && <IconButton icon={ChevronRight} label={t('viewer.next')} onClick={() => show(1)} />}
        <IconButton icon={ZoomIn} label={t('viewer.zoom')} aria-pressed={large} onClick={() => setLarge(!large)} />
        <IconButton icon={RotateCw} label={t('viewer.rotate')} onClick={() => setTurns(turns + 1)} />
        <a className={partStyles.button} href={mediaURL(picture)} download>
          <Download aria-hidden />
          {t('viewer.download')}
        </a>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </div>
    </Modal>
  );
}
