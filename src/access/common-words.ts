/**
 * Words people make passwords of, by what is known of how they choose: what they love, whom they are named after, what stands
 * before them. Own list, lower case, without digits; what is done to such words is undone before they are looked for.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** The program, what it looks after, who works with it, and what people write where a password is asked for. */
const PRODUCT = words(`
  dbmedic dbadmin database databases datenbank mariadb mysql postgresql postgres sqlite mongodb redis oracle percona innodb
  administrator administrador admin admins approver approve operator auditor viewer server servers root user username guest
  passphrase password passwords passwort passwd pass pwd passcode mypassword kennwort parola heslo senha contrasena contraseña motdepasse
  wachtwoord losenord haslo sifre parool secret secrets geheim secure security sicherheit safety login logon signin access private
  changeme change changeit letmein trustno toor wordpass welcome willkommen bienvenue bienvenido trustme opensesame default standard temp temporary
  initial start neu new test testing tester testuser demo example sample hello hallo bonjour hola please bitte forgot remember
  master manager support service system sysadmin network internet computer laptop keyboard monitor windows linux ubuntu debian docker
  kubernetes cloud cluster backup monitoring production prod staging develop developer development office company firma business website
  webmaster email google facebook youtube twitter instagram linkedin amazon microsoft apple samsung android iphone nokia siemens
  toshiba lenovo dell intel cisco huawei logitech playstation nintendo xbox vodafone telecom telekom blackberry motorola hotmail
  qwerty qwertz azerty abc abcd abcde xyz asdf zxcv yxcv qaz wsx qwe asd zxc iloveyou loveyou iloveu loveme lovelove
`)

/** What people love and fear. */
const LIKED = words(`
  love lover lovers lovely beloved baby babygirl babyboy angel angels honey sweet sweety sweetie sweetheart sweetpea darling
  kiss kisses kissme heart hearts forever friend friends friendship bestfriend family mother father mama papa mummy daddy
  brother sister grandma children marriage wedding birthday happy happiness smile smiley beautiful beauty gorgeous handsome pretty
  princess prince queen king kingdom princesse prinzessin princesa king knight warrior warriors champion champions winner legend hero
  dragon dragons dragonfly dragonball monster monkey monkeys tiger tigers tigger lion lions lionking panther panthers leopard eagle
  eagles falcon phoenix wolf wolves dolphin dolphins shark sharks butterfly ladybug elephant penguin penguins panda giraffe kangaroo
  turtle rabbit bunny kitten kitty kittycat pussycat puppy puppies doggie bulldog bulldogs horse horses unicorn pegasus spider
  spiderman scorpion snake cobra viper hamster squirrel crocodile dinosaur chicken turkey flamingo peacock hedgehog
  schatz schatzi schatzilein liebe liebling engel hase hasi maus mausi mausebaer sonnenschein blume schmetterling sommer urlaub
  amor teamo tequiero corazon mivida bonita hermosa estrella mariposa chocolat soleil jetaime doudou chouchou coucou
  amore tiamo ciao bella stella juventus milan inter napoli forza
  sunshine sunflower sunset sunrise sunny rainbow moonlight starlight stardust snowflake snowball snowman summer summertime winter
  wintertime spring springtime autumn sky bluesky ocean mountain mountains forest flower flowers garden paradise heaven nature
  thunder lightning storm stormy hurricane tornado fire fireball firefly firebird water waterfall river island
  chocolate strawberry strawberries blueberry raspberry cherry banana bananas orange oranges apple apples applepie pineapple
  watermelon peaches coconut lollipop cupcake cookie cookies brownie candy icecream milkshake coffee cappuccino espresso pizza spaghetti
  cheese cheeseburger hamburger burger sandwich pancake popcorn peanut peanuts pumpkin potato tomato cucumber cinnamon vanilla
  marshmallow honeymoon buttercup butterfly cocacola pepsi guinness tequila whiskey champagne martini redbull heineken
  football footballer soccer baseball basketball volleyball softball hockey tennis cricket rugby golf golfer swimming swimmer
  wrestling snowboard skateboard skateboarding surfing fishing hunting hunter running runner cycling karate gymnastics cheerleader
  cheerleading athletic fitness yoga boxing racing motocross motorcycle motorbike
  guitar guitarist drummer music musician piano violin saxophone trumpet rocknroll punkrock hiphop metal hardcore dance dancer
  dancing singer singing artist painter photography
  freedom liberty peace justice power powerful energy magic magical mystery destiny fantasy dream dreams dreamer dreaming
  imagine imagination inspiration believe blessed blessing faith hope trust truth wisdom patience serenity harmony
  infinity eternity universe galaxy galaxies cosmos planet saturn jupiter mercury neptune apollo athena hercules
  jesus jesuschrist christ christian church bible god godisgood godislove godbless thankgod hallelujah bismillah allah allahuakbar
  mohammed muhammad islam krishna ganesh hanuman shiva buddha shalom israel
  money moneymaker dollar million millionaire billionaire success successful rich lucky luckyone goodluck blackjack casino jackpot poker
  black white red green blue yellow purple pink silver golden gold diamond diamonds crystal emerald sapphire platinum
  sexy sexygirl sexybitch bitch fuck fucker fucking fuckyou fuckme fuckoff motherfucker asshole bullshit shit bastard pussy
  cock sucker cocksucker masterbate masterbating blowjob horny hottie hotgirl dick penis porn playboy naughty hooker slut
  cool cooldude coolguy awesome amazing wonderful fantastic perfect special super superstar superhero number one numberone thebest thebomb
  whatever nothing something everything anything nobody somebody everybody idontknow idontcare dontforget nopassword
  crazy stupid loser idiot killer hacker danger dangerous darkness darkside shadow midnight nightmare vampire zombie ghost
  devil demon lucifer satan hell hellfire evil wicked gangster gangsta badboy badgirl badass bigdaddy bigdog bigboy
  house home work homework road street car cars truck train boat ship bike ball game games gamer player play toy book books movie
  music radio phone mobile camera picture pictures paper pencil school kids kid child boy boys girl girls man men woman women lady guy dude
  dog dogs cat cats bird birds fish bear bears bull cow pig duck rat mouse bee bug frog goat sheep fox wolf cake bread milk butter sugar
  salt beer wine vodka whisky rum tea lemon lemonade cherry grape melon bean corn meat beef chicken bacon egg eggs soup salad
  sun moon star stars sky rain snow ice wind cloud earth stone rock sand sea lake hill tree trees leaf leaves grass rose roses lily tulip
  red hot cold big little small fat old new young good bad best nice cute sweet hard soft fast slow long short high low dark light true
  one two three four five six seven eight nine ten hundred thousand first last my your our mine yours the and you
  life live alive dead death die born time day days night nights today tomorrow yesterday year years minute second
  head hand hands eye eyes face hair nose foot feet body blood bone mind soul spirit voice word words name number
  gun guns bomb bullet sniper shooter war fight fighter battle attack kill murder crime prison cop spy agent ninja samurai pirate
  fussball schule arbeit haus auto hund katze vogel himmel sterne mond wasser feuer erde geld bier mutter vater bruder schwester
  together always never again once upon world hello helloworld theworld goodbye goodmorning goodnight
  january february march april may june july august september october november december
  valentine valentines monday tuesday wednesday thursday friday saturday sunday weekend holiday holidays vacation christmas easter halloween
  januar februar maerz märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
  weihnachten ostern fruehling frühling herbst enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
  janvier fevrier avril juin juillet aout septembre octobre novembre decembre primavera verano otono invierno printemps hiver
`)

/** What is well known: heroes, bands, teams, makes, places, schools. */
const KNOWN = words(`
  superman batman wonderwoman ironman captain captainamerica avengers marvel wolverine deadpool joker catwoman starwars skywalker
  lukeskywalker darthvader startrek enterprise stargate matrix terminator gladiator highlander predator jurassic titanic godfather
  harrypotter hogwarts hermione gandalf legolas aragorn frodo hobbit lordoftherings mordor morpheus trinity neo merlin excalibur
  lancelot camelot robinhood sherlock sherlockholmes jamesbond bond godzilla kingkong mickey mickeymouse minnie donald donaldduck goofy pluto
  disney disneyland cinderella tinkerbell peterpan snoopy garfield scooby scoobydoo spongebob squarepants simpson simpsons homer
  bartsimpson southpark cartman futurama pokemon pikachu charizard naruto sasuke goku vegeta sailormoon hellokitty minecraft fortnite roblox
  warcraft worldofwarcraft starcraft diablo halflife counterstrike callofduty assassin assassins creed zelda mario supermario sonic tetris
  runescape leagueoflegends overwatch skyrim fallout winniethepooh poohbear piglet eeyore barbie undertaker johncena rockstar
  metallica nirvana slipknot linkinpark greenday blink eminem beatles rollingstones pinkfloyd ledzeppelin acdc ironmaiden megadeth pantera
  nightwish rammstein radiohead coldplay queen beyonce rihanna shakira madonna britney britneyspears justinbieber onedirection
  backstreet backstreetboys spicegirls michaeljackson elvis elvispresley bobmarley tupac jonas jonasbrothers slayer
  arsenal chelsea liverpool everton manchester manchesterunited manutd mancity tottenham hotspur newcastle westham celtic rangers barcelona
  realmadrid juventus bayern bayernmuenchen bayernmunich borussia dortmund schalke hamburg werder bremen ajax feyenoord benfica
  galatasaray fenerbahce besiktas corinthians flamengo palmeiras boca river ronaldo messi beckham rooney zidane maradona neymar
  cristiano cristianoronaldo yankees redsox cowboys steelers packers raiders broncos patriots dodgers lakers celtics bulls chicagobulls
  eagles giants redskins seahawks jordan michaeljordan kobe lebron ferrari porsche mercedes benz mercedesbenz bmw audi volkswagen vw golf
  opel ford mustang corvette camaro chevrolet chevy cadillac dodge harley davidson harleydavidson yamaha kawasaki suzuki honda toyota
  nissan mitsubishi mazda subaru hyundai lamborghini bugatti maserati jaguar bentley volvo renault peugeot citroen ducati
  america american canada mexico brazil brasil argentina colombia venezuela chile england london britain scotland ireland wales
  france paris germany deutschland berlin hamburg muenchen münchen frankfurt koeln köln stuttgart dresden leipzig austria
  oesterreich wien switzerland schweiz zuerich italy italia roma milano spain espana madrid portugal lisboa holland netherlands
  amsterdam belgium denmark sweden norway finland poland polska warszawa russia moscow ukraine turkey turkiye istanbul greece egypt
  africa southafrica nigeria india indian hindustan pakistan bangladesh delhi mumbai china japan tokyo korea vietnam thailand
  philippines indonesia malaysia singapore hongkong australia sydney melbourne newzealand california florida texas hawaii alaska arizona
  colorado michigan virginia carolina northcarolina tennessee kentucky pennsylvania massachusetts mississippi philadelphia washington
  newyork newyorkcity losangeles lasvegas sanfrancisco sandiego chicago boston dallas houston detroit atlanta denver seattle orlando
  miami brooklyn hollywood manhattan university college school highschool student students teacher professor engineer engineering
  doctor nurse lawyer police policeman fireman firefighter soldier marine marines army navy airforce military pilot
  technology mechanical electrical electronic chemistry physics mathematics biology psychology philosophy geography literature
  government president constitution revolution republic communication communications information international professional
  development management marketing accounting accountant technician consulting construction restaurant supermarket pharmacy hospital
  automobile helicopter submarine spaceship airplane aeroplane battleship blackbird blackhawk sunderland springfield middlesbrough
  generation generations experience adventure adventures celebration independence independent confidence intelligence
  understand understanding responsible relationship temptation destruction dedication motivation determination
  underground wonderland neverland fairytale dreamland homeland motherland blackpool liverpoolfc arsenalfc chelseafc
  skywalker crossroads rosebud butthead thunderbird thunderbolt hellraiser nightwolf lonewolf firestorm darkangel blackangel
  jellybean jellyfish starfish swordfish goldfish catfish grasshopper caterpillar hummingbird woodpecker rattlesnake tarantula
  sony ericsson sonyericsson friendster myspace rockyou tokiohotel evangelion supernova roadrunner goldeneye morrowind escalade
  turktelekom airtel verizon comcast global planet universal national central digital turbo nitro rocket laser cyber
  abracadabra alphabet supercalifragilistic hakunamatata carpediem veritas semperfi semperfidelis
`)

/** First names and frequent family names of several countries. */
const NAMES = words(`
  michael jennifer jessica ashley amanda daniel joshua matthew andrew david james john robert william richard thomas charles christopher
  christine christina christian joseph anthony steven kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric
  jonathan stephen stephanie larry justin scott brandon benjamin samuel gregory frank alexander alexandra alexandre alexandria raymond
  patrick patricia jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith
  christophe roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel logan
  alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny mary linda barbara elizabeth susan sarah
  karen nancy lisa betty margaret sandra kimberly emily donna michelle dorothy carol melissa deborah rebecca sharon laura
  cynthia kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine catherine debra rachel carolyn
  janet maria heather diane ruth julie olivia joyce virginia victoria kelly lauren joan evelyn judith megan cheryl andrea
  hannah martha jacqueline frances gloria ann teresa kathryn sara janice jean alice madison doris abigail julia judy grace denise amber
  marilyn beverly danielle theresa sophia sophie marie diana brittany natalie isabella isabelle charlotte rose alexis kayla vanessa veronica
  monica valentina gabriela gabrielle caroline angelina angelica jasmine melanie savannah mackenzie brooklyn trinity destiny tiffany courtney
  crystal kristina kristin natasha tatiana anastasia svetlana ekaterina vladimir dmitry sergey aleksandr alexey nikolay ivan igor
  andrey mikhail maxim olga elena irina marina natalia tanya katya masha yulia oksana
  hans peter klaus juergen jürgen wolfgang werner heinz helmut dieter stefan andreas markus martin michaela sabine claudia petra
  monika susanne ursula brigitte renate heike birgit katharina johannes sebastian florian tobias philipp matthias dominik fabian lukas
  leon felix maximilian jonas niklas lena leonie mueller müller schmidt schneider fischer weber meyer wagner becker schulz hoffmann
  francesco francesca giuseppe giovanni alessandro alessandra antonio antonella lorenzo matteo leonardo valentino roberto roberta marco
  carlos miguel alejandro alejandra fernando fernanda rodrigo santiago guadalupe esperanza margarita carolina catalina daniela mariana
  ricardo eduardo francisco gonzalez rodriguez martinez hernandez lopez sanchez perez garcia ramirez jean pierre francois nathalie
  valerie sylvie isabelle dominique thierry philippe olivier nicolas julien guillaume mathieu camille chloe manon
  mohamed ahmed mustafa mehmet fatima aisha abdullah ibrahim yusuf hassan hussein omar khan ali rahul rajesh ramesh suresh kumar
  sharma singh patel priya pooja deepak sanjay vijay ajay amit anil sunil lakshmi sachin sachintendulkar
  zhang wang chen liu yang nguyen tran pham kim park lee tanaka suzuki yamamoto sakura
  charlie buddy max bailey cooper harley rocky sammy jake maggie molly daisy ginger pepper shadow smokey oreo peanut
  jackson wilson anderson johnson williams brown jones miller davis taylor robinson thompson harris lewis walker
  hamilton washington lincoln kennedy roosevelt napoleon einstein shakespeare leonardo mozart beethoven picasso
  oliver harry freddie freddy charlene georgina jamie lee jenny jessie josh katie lucy nikki sally steve tommy toby vicky zoe
  maverick hunter parker chandler phoebe monique miranda mercedes jasper dexter dakota cheyenne cassandra rosemary emmanuel
`)

/** What is tried here before everything else. */
export const PRODUCT_WORDS: ReadonlySet<string> = new Set([
  ...PRODUCT,
  'change me',
  'let me in',
  'i love you',
])

/** What is tried everywhere. */
export const COMMON_WORDS: ReadonlySet<string> = new Set([...LIKED, ...KNOWN, ...NAMES])

/** The longest, characters. */
export const LONGEST_WORD: number = Math.max(
  ...[...PRODUCT_WORDS, ...COMMON_WORDS].map((word) => word.length),
)

/** Rows, columns and ways over keyboards: American, German, French, Russian letters aside, and the block of digits. */
export const KEY_WAYS: readonly string[] = words(`
  qwertyuiop[] asdfghjkl;' zxcvbnm,./ qwertzuiopü asdfghjklöä yxcvbnm,.- azertyuiop qsdfghjklm wxcvbn
  \`1234567890-= ~!@#$%^&*()_+ !"§$%&/()=?
  1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p; 1qay2wsx3edc4rfv5tgb6zhn7ujm qazwsxedcrfvtgbyhnujmikolp qaywsxedcrfvtgbzhnujm
  1qazxsw23edcvfr45tgbnhy67ujm 1qazxsw2 2wsxzaq1 zaqxswcdevfrbgtnhymju zaq12wsxcde34rfvbgt56yhn zaq1xsw2cde3vfr4bgt5
  12qwaszx 12qwaszxcv 1q2w3e4r5t6y7u8i9o0p 1q2w3e4r5t6z7u8i9o0p q1w2e3r4t5y6u7i8o9p0 1a2b3c4d5e6f7g8h9i0j a1b2c3d4e5f6g7h8i9j0
  1a2s3d4f5g6h7j8k9l a1s2d3f4g5h6j7k8l9 q1a2z3 qweasdzxc qweasdyxc 123qweasdzxc 123qweasdyxc wertyuiop
  147258369 159357 159753 951753 753951 741852963 963852741 789456123 456123789 321654987 123654789 147896325 14789632 1478963 258456
  112233445566778899 11223344556677889900 1122334455 102030405060708090 10203040 5040302010 135792468 1357924680 24681357 246810 13579
  1223334444 122333444455555 1123581321 31415926535 3141592654 314159 271828 8675309 20202020
`)
