/**
 * SES's mailbox simulator: who plays a part there is nobody. Its bounces and complaints count for no rate at SES, and its
 * addresses are on no list ("Using the mailbox simulator").
 */
const SIMULATOR = /@simulator\.amazonses\.com$/i;

export function isSimulator(address: string): boolean {
  return SIMULATOR.test(address);
}
