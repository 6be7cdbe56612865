/**
 * 256 first words of a name: how a node might be. The place of a word is part of every name; never reorder.
 */
export const firstWords: readonly string[] = [
  'amber ample ancient arctic ashen autumn azure balmy blithe bold brave breezy bright brisk bronze',
  'calm candid careful cedar chalky cheery chilly civil clear clever cloudy coastal cobalt cool',
  'copper coral cosmic cozy crimson crisp curious dainty dapper daring dawn deep deft dewy direct',
  'distant dotted downy dusky dusty eager early earnest earthy easy ebony elder electric elegant',
  'emerald even exact fabled fair famous fancy fast fearless fern festive fine firm fleet floral',
  'flowing fond forest formal frank free fresh frosty gallant gentle giant gifted gilded glad',
  'gleaming glossy golden good graceful grand granite grassy green hale handy happy hardy hazel',
  'hearty helpful hidden hollow honest hopeful humble icy idle indigo inland ivory jade jolly jovial',
  'joyful keen kind kindly lavender lawful leafy lean level light lilac lime linen lively lofty loyal',
  'lucid lucky lunar magenta mango maple marble maroon meadow mellow merry mighty mild mindful mint',
  'misty modest mossy mountain muted narrow native neat nimble noble northern novel oaken ochre olive',
  'onyx opal open orange orchid ornate outer pale paper patient peaceful pearl pebble perky pine',
  'placid plain playful plucky plum polar polite prime prompt proper proud prudent pure purple quick',
  'quiet radiant rapid rare ready regal restful rich robust rocky rosy round royal ruby russet rustic',
  'sable saffron sandy sapphire scarlet secret serene shady sharp shiny silent silken silver simple',
  'sincere skillful sleek slender smooth snowy sober soft solar solid sonic southern speckled spiral',
  'spring spruce stable starry steady stellar still stone stormy sturdy subtle sunny supple swift',
  'tall tame teal tender tidy timber',
]
  .join(' ')
  .split(' ');

/**
 * 256 second words of a name: what a node might be. The place of a word is part of every name; never reorder.
 */
export const secondWords: readonly string[] = [
  'acorn adder albatross alpaca anchor antelope arch aspen atlas auk badger bamboo barley basin bay',
  'beacon bear beaver beech bee beetle bell birch bison bittern boar bobcat boulder bridge brook',
  'buffalo bullfinch bunting burrow bustard butte buzzard camel canary canyon capercaillie caribou',
  'cascade castle cat catfish cavern cedarwood chaffinch cheetah chestnut chickadee cicada cliff',
  'clover comet condor coot cormorant corncrake cougar cove coyote crab crane creek crest cricket',
  'crow cuckoo curlew cypress daisy dale deer delta dingo dipper dolphin dormouse dove dragonfly',
  'drake drift dune dunlin eagle egret eider elk elm ermine falcon fawn feather fennel ferret field',
  'finch fir firefly fjord flamingo flint fox frog fulmar galaxy gannet garden garnet gazelle gecko',
  'geyser gibbon ginger glacier glade goat godwit goldfinch goose gorge goshawk grebe grouse grove',
  'gull hamlet hare harrier harvest hawk hazelnut heath hedgehog heron hill hobby holly hoopoe',
  'hornbeam horse hound ibex ibis iguana inlet iris island ivy jackal jackdaw jaguar jasmine jay',
  'juniper kestrel kingfisher kite kiwi knoll koala lagoon lake lantern lapwing larch lark laurel',
  'ledge lemur leopard lily linden linnet lion lizard llama lobster lotus lynx magpie mallard manatee',
  'mantis maplewood marlin marmot marsh marten meerkat merlin mill minnow mole moose moth myrtle',
  'nebula newt nightjar nuthatch oak ocelot octopus orca oriole osprey otter owl ox oyster panda',
  'panther parrot partridge peacock pelican penguin petrel pheasant pika pinewood pipit plover pond',
  'poplar puffin puma quail quarry rabbit raccoon raven reed reef ridge river robin rook rowan sail',
  'salmon sandpiper seal sequoia shore shrike skylark sparrow stork swallow swan thrush tiger',
]
  .join(' ')
  .split(' ');
