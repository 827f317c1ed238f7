// What calls an agent back to the desk: a sound, the tab's title, and a notification while the tab is hidden, as the person
// wants them by event (/me). Browsers keep sound locked until the first click or key.
import { usePrefs, type Alert } from '../prefs.ts';

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

export const soundIsLocked = () => audio?.state !== 'running';

// chime plays two notes for a chat, falling ones when a colleague hands it over, and one for a text.
export function chime(of: Alert): void {
  if (usePrefs.getState().muted_sounds.includes(of) || soundIsLocked()) return;
  const notes = of === 'offer' ? [659.3, 880] : of === 'handover' ? [880, 659.3] : [659.3];
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
  if (usePrefs.getState().muted_notifications.length < 3 && typeof Notification !== 'undefined' && Notification.permission === 'default') void Notification.requestPermission();
}

export function notify(of: Alert, title: string, body: string, tag: string, open: () => void, now = document.hidden): void {
  if (!now || usePrefs.getState().muted_notifications.includes(of) || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  const note = new Notification(title, { body, tag });
  note.onclick = () => {
    window.focus();
    open();
    note.close();
  };
}
