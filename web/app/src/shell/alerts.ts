// What calls an agent back to the desk: a sound, the tab's title, and a notification while the tab is hidden. Browsers
// keep sound locked until the first click or key.
import { useUi } from '../ui.ts';

let audio: AudioContext | undefined;

function unlock(): void {
  audio ??= new AudioContext();
  if (audio.state === 'suspended') void audio.resume();
}

export function unlockSoundOnFirstUse(): () => void {
  const events = ['pointerdown', 'keydown'] as const;
  for (const e of events) addEventListener(e, unlock, { once: true, capture: true });
  return () => events.forEach((e) => removeEventListener(e, unlock, { capture: true }));
}

// chime plays two notes for an offer, one for a text.
export function chime(kind: 'offer' | 'text'): void {
  const { muted, mutedTexts } = useUi.getState();
  if ((kind === 'offer' ? muted : mutedTexts) || !audio || audio.state !== 'running') return;
  const notes = kind === 'offer' ? [659.3, 880] : [659.3];
  notes.forEach((pitch, i) => {
    const start = audio!.currentTime + i * 0.14;
    const tone = audio!.createOscillator();
    const loudness = audio!.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.12, start + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(loudness).connect(audio!.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  });
}

export function askToNotify(): void {
  if (useUi.getState().notify && typeof Notification !== 'undefined' && Notification.permission === 'default') void Notification.requestPermission();
}

export function notify(title: string, body: string, tag: string, open: () => void): void {
  if (!useUi.getState().notify || !document.hidden || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  const note = new Notification(title, { body, tag });
  note.onclick = () => {
    window.focus();
    open();
    note.close();
  };
}
