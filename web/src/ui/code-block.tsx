import { useMemo } from 'react';
import styles from './code-block.module.css';
import { CopyButton } from './copy';
import { highlight, type Language } from './highlight';

export interface CodeBlockProps {
  code: string;
  language?: Language;
  /** Name for screen readers and the copy button, such as "Go program". */
  label: string;
  /** Shown over the code, such as a file name. */
  title?: string;
  /** Longest height in px before it scrolls. */
  maxHeight?: number;
}

/** Code to read and to take along. */
export function CodeBlock({ code, language = 'text', label, title, maxHeight }: CodeBlockProps) {
  const tokens = useMemo(() => highlight(code, language), [code, language]);
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <span className={styles.title}>{title}</span>
        <CopyButton text={code} what={label} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className={styles.code} style={{ maxHeight }} tabIndex={0} aria-label={label}>
        <pre>
          <code>
            {tokens.map((token, index) =>
              token.kind === 'plain' ? (
                token.text
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
                <span key={index} className={styles[token.kind]}>
                  {token.text}
                </span>
              ),
            )}
          </code>
        </pre>
      </section>
    </figure>
  );
}
