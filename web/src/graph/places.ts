import type { WorkflowTask } from '../conductor/types';
import { type Block, innerSequences, type Sequence } from './blocks';

/** Where a task stands in the drawing, whether or not the frames and groups around it are open. */
export interface Place {
  id: string;
  kind: Block['kind'] | 'join';
  task: WorkflowTask;
  /** Loops around it, outermost first. */
  loops: readonly string[];
  /** Everything around it that can fold, outermost first. */
  within: readonly string[];
}

/** Contents that the definition does not hold: branches of dynamic forks, insides of opened sub-workflows. */
export type Contents = (block: Block) => readonly Sequence[];

/** All places by node id, in drawing order. */
export function placesOf(blocks: Sequence, contents: Contents): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const visit = (sequence: Sequence, loops: readonly string[], within: readonly string[]) => {
    for (const block of sequence) {
      places.set(block.id, { id: block.id, kind: block.kind, task: block.task, loops, within });
      const innerWithin = block.kind === 'switch' ? within : [...within, block.id];
      // A sub-workflow numbers its loops anew, so its tasks carry none of the suffixes around it.
      const innerLoops =
        block.kind === 'loop' ? [...loops, block.id] : block.kind === 'sub-workflow' ? [] : loops;
      for (const inner of [...innerSequences(block), ...contents(block)])
        visit(inner, innerLoops, innerWithin);
      if ('join' in block && block.join) {
        places.set(block.join.id, { id: block.join.id, kind: 'join', task: block.join.task, loops, within });
      }
    }
  };
  visit(blocks, [], []);
  return places;
}

/** A place named by a task's reference in an execution, and the iterations that the reference speaks of. */
export interface Located {
  place: Place;
  iterations: ReadonlyMap<string, number>;
}

/**
 * Finds the place of a reference such as `encode`, `encode__3` (third iteration), or `ship__2/pack` (inside a
 * sub-workflow that the second iteration started). undefined: there is none.
 */
export function locate(reference: string, places: ReadonlyMap<string, Place>): Located | undefined {
  const iterations = new Map<string, number>();
  let place: Place | undefined;
  for (const segment of reference.split('/')) {
    place = locateSegment(place ? `${place.id}/` : '', segment, places, iterations);
    if (!place) return undefined;
  }
  return place && { place, iterations };
}

function locateSegment(
  prefix: string,
  segment: string,
  places: ReadonlyMap<string, Place>,
  iterations: Map<string, number>,
): Place | undefined {
  let name = segment;
  const numbers: number[] = [];
  for (;;) {
    const place = places.get(prefix + name);
    if (place && numbers.length <= place.loops.length) {
      place.loops.forEach((loop, i) => {
        const n = numbers[i];
        if (n !== undefined) iterations.set(loop, n);
      });
      return place;
    }
    const suffix = /__(\d+)$/.exec(name);
    if (!suffix) return undefined;
    numbers.unshift(Number(suffix[1]));
    name = name.slice(0, suffix.index);
  }
}

/** The sub-workflow that has to be opened next for a reference inside it to be found; undefined: none would help. */
export function wayTo(reference: string, places: ReadonlyMap<string, Place>): string | undefined {
  const segments = reference.split('/');
  let way: Place | undefined;
  for (let n = 1; n < segments.length; n++) {
    const place = locate(segments.slice(0, n).join('/'), places)?.place;
    if (place?.kind !== 'sub-workflow') break;
    way = place;
  }
  return way?.id;
}

/** The node that shows the place: its own, or that of the fold that hides it. */
export function visibleId(place: Place, drawn: (id: string) => boolean): string | undefined {
  return drawn(place.id) ? place.id : place.within.findLast(drawn);
}
