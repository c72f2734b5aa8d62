// Runs before the first paint, so that a chosen theme does not flash the other one. The switch is src/ui/theme.tsx.
try {
  const theme = localStorage.getItem('podium-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the system's theme it is.
}
