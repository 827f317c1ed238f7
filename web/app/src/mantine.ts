// The styles of the Mantine parts in use, and no others. They are layered, so our own CSS always wins.
import '@mantine/core/styles/baseline.layer.css';
import '@mantine/core/styles/default-css-variables.layer.css';
import '@mantine/core/styles/global.layer.css';
import '@mantine/core/styles/UnstyledButton.layer.css';
import '@mantine/core/styles/Paper.layer.css';
import '@mantine/core/styles/CloseButton.layer.css';
import '@mantine/core/styles/Overlay.layer.css';
import '@mantine/core/styles/ModalBase.layer.css';
import '@mantine/core/styles/Modal.layer.css';

import { createTheme, type MantineColorsTuple } from '@mantine/core';
import s from './mantine.module.css';

// Index 6 is the accent of tokens.css; screens use the tokens, not these.
const acc: MantineColorsTuple = ['#ebf0fd', '#c3d2f8', '#9db5ee', '#7f9ee8', '#5b86f5', '#3f6ad6', '#2856c7', '#2450bd', '#1d4199', '#15264f'];

export const theme = createTheme({
  colors: { acc },
  primaryColor: 'acc',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '14px', xl: '16px' },
  defaultRadius: 6,
  respectReducedMotion: true,
  // Plain values: with Modal.extend the first page would carry the dialogs, which come when they are opened.
  components: {
    Modal: {
      // The page never scrolls, so there is nothing to lock; the lock would add a style tag without our nonce.
      defaultProps: { transitionProps: { duration: 120 }, yOffset: '12vh', lockScroll: false },
      classNames: { content: s.modal, header: s.modalHeader, title: s.modalTitle, body: s.modalBody, overlay: s.overlay, close: s.close },
    },
  },
});
