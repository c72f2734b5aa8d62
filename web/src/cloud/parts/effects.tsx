import type { Preview } from '../api/client';
import { money } from '../money';
import styles from './effects.module.css';

/** What a change would do and what the cluster would cost, for somebody who is about to agree to it. */
export function Effects({ preview }: { preview: Preview }) {
  return (
    <div className={styles.effects}>
      <ul>
        {preview.effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      <p className={styles.price}>{price(preview)}</p>
    </div>
  );
}

/** One sentence on the price. */
export function price({ currency, priceBefore, priceAfter }: Preview): string {
  if (currency === undefined) return 'Nothing is charged for clusters here.';
  const before = money(priceBefore, currency);
  const after = money(priceAfter, currency);
  if (priceBefore === priceAfter) {
    return priceAfter === 0 ? 'It is not charged for.' : `The price stays at ${after} for 30 days.`;
  }
  if (priceBefore === 0) return `It costs ${after} for 30 days.`;
  if (priceAfter === 0) return `It is not charged for any more; until now it costs ${before} for 30 days.`;
  return `The price becomes ${after} for 30 days, instead of ${before}.`;
}
