/** How the chart starts Node for the hooks, with the memory that they have by default. */
export const hooksNodeOptions = '--max-semi-space-size=8 --max-old-space-size=332';
