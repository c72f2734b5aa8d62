import { useCallback, useMemo, useRef, useState } from 'react';
import type { Execution, WorkflowDef } from '../conductor/types';
import { parseDefinition } from './blocks';
import { foldLimit } from './figure';
import { type Layout, layOut } from './layout';
import { type Contents, composeScene, figureKey, type Scene } from './scene';

export interface SceneControl extends Scene {
  layout: Layout;
  setOpen: (id: string, open: boolean) => void;
  showIterations: (iterations: ReadonlyMap<string, number>) => void;
}

/**
 * The scene of a definition and its execution. The layout stays the same object for as long as nothing opens, closes or
 * appears, whatever the tasks do meanwhile.
 */
export function useScene(
  definition: WorkflowDef,
  execution: Execution | undefined,
  contents: Contents,
): SceneControl {
  const [open, setOpenMap] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [iterations, setIterations] = useState<ReadonlyMap<string, number>>(new Map());
  const loops = useRef<ReadonlyMap<string, boolean>>(new Map());
  const blocks = useMemo(() => parseDefinition(definition), [definition]);

  const scene = useMemo(() => {
    const choices = { open: new Map([...loops.current, ...open]), iterations };
    const composed = composeScene(blocks, execution, choices, contents);
    // A loop that was open when first seen stays open while it runs on: it must not fold under the viewer's eyes.
    loops.current = firstSight(loops.current, composed);
    return composed;
  }, [blocks, execution, contents, open, iterations]);

  const key = figureKey(scene.figures);
  // biome-ignore lint/correctness/useExhaustiveDependencies: figures of the same key are laid out alike
  const layout = useMemo(() => layOut(scene.figures), [key, definition]);

  const setOpen = useCallback((id: string, value: boolean) => {
    setOpenMap((before) => (before.get(id) === value ? before : new Map(before).set(id, value)));
  }, []);
  const showIterations = useCallback((more: ReadonlyMap<string, number>) => {
    setIterations((before) => {
      const same = [...more].every(([id, n]) => before.get(id) === n);
      return same ? before : new Map([...before, ...more]);
    });
  }, []);
  return { ...scene, layout, setOpen, showIterations };
}

function firstSight(known: ReadonlyMap<string, boolean>, scene: Scene): ReadonlyMap<string, boolean> {
  const next = new Map(known);
  for (const [id, group] of scene.overlay?.groups ?? []) {
    if (group.of === 'iterations' && !next.has(id)) next.set(id, group.items.length <= foldLimit);
  }
  return next;
}
