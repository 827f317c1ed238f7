// The two photos that Marisol sends: a chipped mug, and the label of its box. Drawn, so that they are the same everywhere.
export const mug = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="228" viewBox="0 0 320 228">
  <rect width="320" height="228" fill="#e9dfd2"/><rect x="196" y="12" width="74" height="96" fill="#f6efe6"/><circle cx="34" cy="36" r="44" fill="#a9bc9c"/>
  <rect y="150" width="320" height="78" fill="#8a5a3c"/><path d="M0 170h320M0 198h320" stroke="#7a4e33" stroke-width="2"/>
  <path d="M212 92c40-6 52 62 2 72" fill="none" stroke="#1f4c50" stroke-width="14"/><path d="M108 74h108v116q0 18-54 18t-54-18z" fill="#2c666b"/>
  <path d="M108 148h108v42q0 18-54 18t-54-18z" fill="#d9cdb8"/><ellipse cx="162" cy="74" rx="54" ry="13" fill="#174045"/><path d="M126 62l10 24 8-10 9 12 6-28z" fill="#e9dfd2"/>
  <path d="M58 196l12-8 10 8-8 6z" fill="#d9cdb8"/><circle cx="92" cy="192" r="3" fill="#d9cdb8"/></svg>`;

const bars = [3, 1, 2, 1, 4, 2, 1, 3, 1, 2, 4, 1, 2, 3, 1, 1, 2];
export const label = `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="228" viewBox="0 0 180 228">
  <rect width="180" height="228" fill="#c99a66"/><rect y="96" width="180" height="30" fill="#dcb585"/><g transform="rotate(-7 90 114)"><rect x="36" y="42" width="112" height="142" fill="#f7f5f0"/>
  <path d="M48 62h56M48 74h76M48 86h40" stroke="#33302b" stroke-width="5"/><g fill="#1c1c1a">${bars.map((w, i) => `<rect x="${48 + i * 5}" y="104" width="${w}" height="44"/>`).join('')}</g>
  <path d="M48 162h62" stroke="#33302b" stroke-width="5"/></g></svg>`;
