/** Why a log-in through an identity provider ended at the sign-in page, in words for whoever stands before it. */
const refusals: Record<string, { title: string; text: string }> = {
  expired: {
    title: 'That log-in could not be finished',
    text: 'It took more than ten minutes, was begun in another browser, or had been used already. Sign in again.',
  },
  cancelled: {
    title: 'Your identity provider did not let you in',
    text: 'Ask whoever runs it whether you may use Podium.',
  },
  failed: {
    title: 'Your identity provider’s answer did not hold',
    text: 'Try again. If it stays so, an owner of your organization finds the reason with a test log-in.',
  },
  'no-email': {
    title: 'Your identity provider did not tell your e-mail',
    text: 'An owner of your organization can see with a test log-in what it tells.',
  },
  unverified: {
    title: 'Your e-mail is not verified',
    text: 'Your identity provider says that it is not, or does not say that it is. Verify it there; or ask an owner of your organization for a test log-in, which tells what to do.',
  },
  unproven: {
    title: 'Your e-mail is of another domain',
    text: 'It does not belong to the organization whose provider you used. An owner can prove the domain.',
  },
  'no-role': {
    title: 'You have no role',
    text: 'None of your groups has a role in the organization. Ask whoever manages the groups, or an owner.',
  },
  full: {
    title: 'There is no place left',
    text: 'The plan of the organization allows no further member. Ask an owner to make room: by removing somebody, or with a larger plan.',
  },
  remembered: {
    title: 'Your identity provider did not ask who you are',
    text: 'It remembers this browser and let you pass, but this needs a new proof. Sign out there, then try again.',
  },
  inactive: {
    title: 'The provider has just been changed',
    text: 'Sign in again.',
  },
};

/** What to say about a refusal; undefined when there was none. */
export function refusalOf(code: string | null): { title: string; text: string } | undefined {
  return code === null ? undefined : (refusals[code] ?? refusals.failed);
}
