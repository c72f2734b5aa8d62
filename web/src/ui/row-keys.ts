/** How many rows the page keys jump over. */
const pageOfRows = 15;

/** The row that a key leads to from another, among rows 0 to `last`; undefined for keys that do not walk. */
export function rowReached(key: string, from: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(from + 1, last);
    case 'ArrowUp':
      return Math.max(from - 1, 0);
    case 'PageDown':
      return Math.min(from + pageOfRows, last);
    case 'PageUp':
      return Math.max(from - pageOfRows, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
