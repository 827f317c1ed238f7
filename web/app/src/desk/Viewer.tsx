// One picture or video at its full size. Loaded when the first one is opened.
import { ChevronLeft, ChevronRight, Download, RotateCw, ZoomIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Media } from '../api/protocol.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { Button, IconButton, partStyles } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { isVideo, mediaURL } from './Media.tsx';
import s from './viewer.module.css';

export default function Viewer({ media, at, name, onClose }: { media: readonly Media[]; at: number; name: (m: Media) => string; onClose: () => void }) {
  const t = useT();
  const [index, setIndex] = useState(at);
  const [turns, setTurns] = useState(0);
  const [large, setLarge] = useState(false);
  const [broken, setBroken] = useState(false); // a kind of video that this browser does not play
  const many = media.length > 1;
  const show = (by: number) => {
    setIndex((i) => (i + by + media.length) % media.length);
    setTurns(0);
    setLarge(false);
    setBroken(false);
  };
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      const step = e.target instanceof HTMLVideoElement ? 0 : { ArrowLeft: -1, ArrowRight: 1 }[e.key]; // a video seeks by them
      if (many && step) show(step);
      if (e.key !== 'Escape') return;
      e.preventDefault(); // it closes the picture and not the chat behind it
      onClose();
    };
    addEventListener('keydown', pressed, true);
    return () => removeEventListener('keydown', pressed, true);
  });
  const shown = media[index]!;
  const video = isVideo(shown);
  const called = name(shown);
  return (
    <Modal opened onClose={onClose} closeOnEscape={false} withCloseButton={false} size="auto" attributes={{ content: { 'aria-label': called } }}>
      <div className={s.viewer} data-large={large || undefined} data-turns={turns % 4}>
        {broken ? (
          <p>{t('viewer.broken')}</p>
        ) : video ? (
          <video key={shown.id} src={mediaURL(shown)} aria-label={called} controls autoPlay onError={() => setBroken(true)} />
        ) : (
          <img src={mediaURL(shown)} alt={many ? `${called} (${index + 1}/${media.length})` : called} />
        )}
      </div>
      <div className={s.viewerFoot}>
        {many && <IconButton icon={ChevronLeft} label={t('viewer.previous')} onClick={() => show(-1)} />}
        {many && <IconButton icon={ChevronRight} label={t('viewer.next')} onClick={() => show(1)} />}
        {!video && <IconButton icon={ZoomIn} label={t('viewer.zoom')} aria-pressed={large} onClick={() => setLarge(!large)} />}
        {!video && <IconButton icon={RotateCw} label={t('viewer.rotate')} onClick={() => setTurns(turns + 1)} />}
        <a className={partStyles.button} href={mediaURL(shown)} download>
          <Download aria-hidden />
          {t('viewer.download')}
        </a>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </div>
    </Modal>
  );
}
