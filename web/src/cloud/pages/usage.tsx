import { Page } from '../../ui/layout';
import { PlanUses } from '../parts/plan-uses';
import { Quotas } from '../parts/quotas';
import { UsageView } from '../parts/usage-view';
import { useOrganization } from '../session';

/** What the organization's clusters use, and the limits that act on it. */
export function UsagePage() {
  const { name: org } = useOrganization();
  return (
    <Page
      title="Usage"
      width="wide"
      description="What your clusters use, day by day. Clusters that you have deleted stay in the books."
    >
      <div className="stack">
        <PlanUses org={org} />
        <UsageView org={org} />
        <Quotas org={org} />
      </div>
    </Page>
  );
}
