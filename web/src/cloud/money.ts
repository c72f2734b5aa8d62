/** An amount in hundredths of a currency, such as "€15.00". */
export function money(hundredths: number, currency: string): string {
  return (hundredths / 100).toLocaleString('en-US', { style: 'currency', currency });
}
