import type { Permission } from '../api/client';
import { afterTick } from '../role-permissions';
import styles from './permission-matrix.module.css';

export interface PermissionMatrixProps {
  permissions: Permission[];
  /** Names of those that are ticked. */
  chosen: string[];
  /** Without it the matrix is for looking only. */
  onChange?: (chosen: string[]) => void;
  /** Why one cannot be given. */
  whyNot?: (name: string) => string | undefined;
}

/** What everybody with a role may do; it is ticked and cannot be unticked. */
export const always = 'organization.read';

const wholeOnly = 'in the whole organization only';

/** What a role allows, by area, with a tick for each. What a tick needs to be of use is ticked along with it. */
export function PermissionMatrix({ permissions, chosen, onChange, whyNot }: PermissionMatrixProps) {
  const all = permissions.map(({ name }) => name);
  const areas = [...new Set(permissions.map(({ area }) => area))];
  return (
    <div className={styles.areas}>
      {areas.map((area) => {
        const rows = permissions.filter((one) => one.area === area);
        const mixed = rows.some(({ inParts }) => inParts);
        const ticked = rows.filter(({ name }) => chosen.includes(name)).length;
        return (
          <fieldset key={area} className={styles.area}>
            <legend>
              <span>
                {area}
                {!mixed && <span className={styles.whole}> · {wholeOnly}</span>}
              </span>
              <span className={styles.count}>
                {ticked} of {rows.length}
              </span>
            </legend>
            {rows.map(({ name, title, inParts }) => {
              const reason = name === always ? 'Whoever has any role sees it.' : whyNot?.(name);
              const fixed = onChange === undefined || reason !== undefined;
              return (
                <label key={name} className={`${styles.tick} ${fixed ? styles.fixed : ''}`} title={reason}>
                  <input
                    type="checkbox"
                    checked={chosen.includes(name)}
                    disabled={fixed}
                    onChange={(event) => onChange?.(afterTick(chosen, name, event.target.checked, all))}
                  />
                  <span>
                    {title}
                    {mixed && !inParts && <span className={styles.whole}> · {wholeOnly}</span>}
                  </span>
                </label>
              );
            })}
          </fieldset>
        );
      })}
    </div>
  );
}
