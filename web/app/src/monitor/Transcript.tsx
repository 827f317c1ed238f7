// The desk's own transcript, which comes with the desk's chunk.
import { lazy, Suspense, type ComponentProps } from 'react';
import s from './monitor.module.css';

const Drawn = lazy(async () => ({ default: (await import('../desk/Desk.tsx')).Transcript }));

export function Transcript(props: ComponentProps<typeof Drawn>) {
  return (
    <Suspense fallback={<div className={s.fill} />}>
      <Drawn {...props} />
    </Suspense>
  );
}
