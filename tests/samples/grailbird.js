Grailbird.data.tweets_2012_11 = 
 [
 {
  "source": "web",
  "entities": {
   "user_mentions": [],
   "media": [],
   "hashtags": [],
   "urls": []
  },
  "geo": {},
  "id_str": "273000000000000000",
  "text": "hi from 0",
  "id": 273000000000000000,
  "created_at": "2012-11-26 10:44:07 +0000",
  "user": {
   "name": "Ada",
   "screen_name": "ada_example",
   "protected": false,
   "id_str": "1234567",
   "id": 1234567,
   "verified": false
  }
 },
 {
  "source": "web",
  "entities": {
   "user_mentions": [],
   "media": [],
   "hashtags": [],
   "urls": []
  },
  "geo": {},
  "id_str": "273000000000000000",
  "text": "hi from 1",
  "id": 273000000000000001,
  "created_at": "2012-11-26 11:44:07 +0000",
  "user": {
   "name": "Ada",
   "screen_name": "ada_example",
   "protected": false,
   "id_str": "1234567",
   "id": 1234567,
   "verified": false
  }
 }
]