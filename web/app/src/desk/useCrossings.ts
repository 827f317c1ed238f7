// A reply clock that turns amber or red is said once, each; it is never read out as it ticks (spec 6, section 8).
import { useEffect, useRef } from 'react';
import { t } from '../i18n/index.ts';
import { announce } from '../parts/announce.tsx';
import { useNow } from '../parts/clock.ts';
import type { Item } from '../shell/chats.ts';
import { crossed, type Crossings } from './target.ts';

export function useCrossings(items: readonly Item[], offset: number): void {
  const said = useRef<Crossings>(new Map());
  const now = useNow() + offset;
  useEffect(() => {
    const { crossings, fresh } = crossed(said.current, items, now);
    said.current = crossings;
    for (const { item, how } of fresh) announce(t(how === 'over' ? 'desk.crossedOver' : 'desk.crossedNear', { name: item.name }));
  }, [items, now]);
}
