// When to try again: 0.5, 1, 2, 4, 8, then every 15 s, ± 30 % (spec 6, 1.6).
const steps = [500, 1000, 2000, 4000, 8000];

export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const base = steps[attempt] ?? 15_000;
  return Math.round(base * (0.7 + 0.6 * random()));
}
