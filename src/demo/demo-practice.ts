/** What the demo practice is made of. Every name, address and number is invented. */

export const LOCATION = {
  name: 'Lakeview',
  addressLine1: '100 Harbor Street',
  addressLine2: 'Suite 2',
  city: 'Chicago',
  region: 'IL',
  postalCode: '60601',
  country: 'US',
  phone: '+13125550100',
  email: 'hello@lakeview.example',
  zone: 'America/Chicago',
  active: true,
  order: 0,
};

export const HOURS = [1, 2, 3, 4, 5].flatMap((weekday) => [
  { weekday, start: '08:00', end: '12:00' },
  { weekday, start: '13:00', end: weekday === 5 ? '15:00' : '17:00' },
]);

/** The practice system of the demo: who works here, in which rooms and when, comes from it. */
export const PRACTICE_SYSTEM = {
  pluginId: 'pms-sandbox',
  name: 'Sandbox practice system',
  config: { seed: 'lakeview', hours: 'standard' },
};

/** What staff have added to the people of the practice system, by their ids there. */
export const PROFILES = [
  {
    foreignId: '101',
    displayName: (first: string, last: string) => `Dr. ${first} ${last}`,
    title: 'DDS',
    bio: 'General and cosmetic dentistry, and a calm hand with anxious patients.',
    color: '#0f766e',
  },
  {
    foreignId: '102',
    displayName: (first: string, last: string) => `Dr. ${first} ${last}`,
    title: 'DMD',
    bio: 'Family dentistry, from the first tooth on.',
    color: '#1d4ed8',
  },
  { foreignId: '103', displayName: (first: string, last: string) => `${first} ${last}, RDH`, color: '#b45309' },
  { foreignId: '104', displayName: (first: string, last: string) => `${first} ${last}, RDH`, color: '#7c3aed' },
  {
    foreignId: '105',
    displayName: (first: string, last: string) => `Dr. ${first} ${last}`,
    title: 'DMD, MS',
    specialty: 'Endodontics',
    color: '#be185d',
  },
];

/** People and rooms are named by their ids in the practice system. */
export const REASONS = [
  {
    name: 'New patient exam and X-rays',
    description: 'A first visit: examination, X-rays and a plan.',
    pattern: 'XX////////XX',
    patientTypes: ['new' as const],
    procedureCodes: ['D0150', 'D0210'],
    showProviders: true,
    people: ['101', '102'],
    rooms: ['1', '2', '3'],
  },
  {
    name: 'Cleaning and check-up',
    description: 'A regular cleaning with a check-up.',
    durationMinutes: 45,
    patientTypes: ['new' as const, 'returning' as const],
    procedureCodes: ['D1110', 'D0120'],
    showProviders: true,
    people: ['103', '104'],
    rooms: ['4', '5'],
  },
  {
    name: "Child's cleaning",
    durationMinutes: 30,
    patientTypes: ['new' as const, 'returning' as const],
    minAge: 2,
    maxAge: 13,
    procedureCodes: ['D1120'],
    showProviders: false,
    people: ['103', '104'],
    rooms: ['4', '5'],
  },
  {
    name: 'Tooth pain',
    description: 'Something hurts: the earliest time with any dentist.',
    durationMinutes: 30,
    patientTypes: ['new' as const, 'returning' as const],
    procedureCodes: ['D0140'],
    showProviders: false,
    people: ['101', '102'],
    rooms: ['1', '2', '3'],
  },
  {
    name: 'Root canal consultation',
    durationMinutes: 30,
    patientTypes: ['new' as const, 'returning' as const],
    procedureCodes: ['D0140'],
    showProviders: false,
    people: ['105'],
    rooms: ['6'],
  },
];

export const CARRIERS = [
  { name: 'Delta Dental', status: 'accepted' as const, payerId: '94276' },
  { name: 'MetLife', status: 'accepted' as const, payerId: '65978' },
  { name: 'Cigna', status: 'accepted' as const, payerId: '62308' },
  { name: 'Guardian', status: 'out_of_network' as const },
];

export const REFERRERS = ['A friend or family member', 'Web search', 'My insurance company', 'Walked by'];

export const SETTINGS = {
  brand: {
    name: 'Lakeview Dental Studio',
    phone: '+1 312 555 0100',
    email: 'hello@lakeview.example',
    displayAddress: '100 Harbor Street, Suite 2, Chicago, IL 60601',
  },
  widget: { title: 'Book your visit', successText: 'Thank you. We look forward to seeing you.' },
  messages: {
    senderName: 'Lakeview Dental Studio',
    replyTo: 'hello@lakeview.example',
    practiceNotificationEmails: ['desk@lakeview.example'],
  },
};
