// A window over the page. The focus is in it with the frame that draws it, and back where it was when it closes: no key in
// between reaches the page.
import { Modal as Base, type ModalProps } from '@mantine/core';
import { useLayoutEffect, useRef } from 'react';
import { handOver } from '../keys/held.ts';

export function Modal({ children, ...rest }: ModalProps) {
  return (
    <Base {...rest}>
      <Focus />
      {children}
    </Base>
  );
}

function Focus() {
  const here = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = here.current!.closest<HTMLElement>('[role=dialog]')!;
    (dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog).focus({ preventScroll: true });
    queueMicrotask(handOver);
    return () => {
      if (dialog.contains(document.activeElement) && before !== document.body) before?.focus({ preventScroll: true });
    };
  }, []);
  return <span ref={here} hidden />;
}
