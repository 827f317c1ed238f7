// Where a small layer goes: beside what it belongs to, on the other side where there is no room, never off the window.
export type Side = 'top' | 'bottom' | 'right';
export type Align = 'start' | 'center' | 'end';

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const edge = 8;

// place says where the layer's left top corner goes and how high it may be.
export function place(anchor: Box, layer: { width: number; height: number }, view: { width: number; height: number }, side: Side, align: Align, gap: number): { left: number; top: number; maxHeight: number } {
  const clamp = (at: number, size: number, all: number) => Math.max(edge, Math.min(at, all - size - edge));
  if (side === 'right') {
    const right = anchor.left + anchor.width + gap;
    const left = right + layer.width + edge <= view.width ? right : anchor.left - gap - layer.width;
    return { left: clamp(left, layer.width, view.width), top: clamp(anchor.top + (anchor.height - layer.height) / 2, layer.height, view.height), maxHeight: view.height - 2 * edge };
  }
  const above = anchor.top - gap - edge;
  const below = view.height - (anchor.top + anchor.height) - gap - edge;
  const under = side === 'bottom' ? layer.height <= below || below >= above : layer.height > above && below > above;
  const maxHeight = Math.max(0, under ? below : above);
  const height = Math.min(layer.height, maxHeight);
  const left = { start: anchor.left, center: anchor.left + (anchor.width - layer.width) / 2, end: anchor.left + anchor.width - layer.width }[align];
  return { left: clamp(left, layer.width, view.width), top: under ? anchor.top + anchor.height + gap : anchor.top - gap - height, maxHeight };
}
