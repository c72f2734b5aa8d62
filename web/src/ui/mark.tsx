/** The product's sign: three steps, the middle one highest. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="var(--accent-text)" aria-hidden="true">
      <path d="M9 4h6v16H9zM2 11h5.5v9H2zM16.5 8H22v12h-5.5z" />
    </svg>
  );
}
