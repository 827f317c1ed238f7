// The panes while the desk is on its way, as large as what comes.
import { useT } from '../i18n/index.ts';
import { Skeleton } from '../parts/index.tsx';
import composer from './composer.module.css';
import c from './conversation.module.css';
import l from './list.module.css';
import s from './loading.module.css';
import p from './panel.module.css';
import { SkeletonTexts } from './Transcript.tsx';

export function LoadingRows() {
  return (
    <div className={s.rows} aria-hidden>
      <div className={s.heading}>
        <Skeleton width="36%" height={12} />
      </div>
      {[0, 1, 2, 3].map((i) => (
        <div key={i} className={l.row}>
          <Skeleton width={32} height={32} />
          <div className={s.lines}>
            <Skeleton width="50%" height={12} />
            <Skeleton width="85%" height={10} />
            <Skeleton width="40%" height={9} />
          </div>
        </div>
      ))}
    </div>
  );
}

// LoadingChat is the pane of a chat that the address names.
export function LoadingChat() {
  const t = useT();
  return (
    <section className={c.chat} aria-label={t('chat.loading')} data-pane tabIndex={-1}>
      <div className={c.chatHead} aria-hidden>
        <Skeleton width={32} height={32} />
        <div className={s.lines}>
          <Skeleton width={140} height={14} />
          <Skeleton width={260} height={10} />
        </div>
      </div>
      <div className={s.transcript}>
        <SkeletonTexts />
      </div>
      <div className={composer.composer} aria-hidden>
        <div className={s.box}>
          <Skeleton width="100%" height={120} />
        </div>
        <p className={composer.boxHint}>
          <Skeleton width={220} height={16} />
        </p>
      </div>
    </section>
  );
}

// LoadingPanel is the contact beside it.
export function LoadingPanel() {
  return (
    <div className={p.panel} aria-hidden>
      <div className={p.panelHead}>
        <Skeleton width={40} height={40} />
        <div className={s.lines}>
          <Skeleton width="60%" height={14} />
          <Skeleton width="45%" height={10} />
        </div>
      </div>
      <section className={s.facts}>
        <Skeleton width="30%" height={12} />
        {[70, 60, 65, 50].map((width) => (
          <Skeleton key={width} width={`${width}%`} height={12} />
        ))}
      </section>
    </div>
  );
}

// LoadingNone is the pane where no chat is chosen.
export function LoadingNone() {
  return (
    <div className={s.none} aria-hidden>
      <Skeleton width={20} height={20} />
      <Skeleton width={150} height={16} />
      <Skeleton width={280} height={12} />
    </div>
  );
}
