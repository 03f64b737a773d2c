window.YTD.tweets.part0 = [
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1500000000000000000"
          ],
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "entities" : {
        "hashtags" : [
          {
            "text" : "one",
            "indices" : [
              "3",
              "7"
            ]
          }
        ],
        "urls" : [
          {
            "url" : "https://t.co/a",
            "expanded_url" : "https://example.com/a",
            "indices" : [
              "8",
              "20"
            ]
          }
        ]
      },
      "favorite_count" : "2",
      "id_str" : "1500000000000000000",
      "id" : "1500000000000000000",
      "retweet_count" : "1",
      "created_at" : "Sat Mar 05 07:00:16 +0000 2022",
      "full_text" : "hi #one &amp; all",
      "lang" : "en"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1500000000000000001"
          ],
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "entities" : {
        "hashtags" : [
          {
            "text" : "one",
            "indices" : [
              "3",
              "7"
            ]
          }
        ],
        "urls" : [
          {
            "url" : "https://t.co/a",
            "expanded_url" : "https://example.com/a",
            "indices" : [
              "8",
              "20"
            ]
          }
        ]
      },
      "favorite_count" : "2",
      "id_str" : "1500000000000000001",
      "id" : "1500000000000000001",
      "retweet_count" : "1",
      "created_at" : "Sat Mar 05 07:01:16 +0000 2022",
      "full_text" : "hi #one &amp; all",
      "lang" : "en",
      "in_reply_to_status_id_str" : "1500000000000000000",
      "in_reply_to_status_id" : "1500000000000000000"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1500000000000000002"
          ],
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "entities" : {
        "hashtags" : [
          {
            "text" : "one",
            "indices" : [
              "3",
              "7"
            ]
          }
        ],
        "urls" : [
          {
            "url" : "https://t.co/a",
            "expanded_url" : "https://example.com/a",
            "indices" : [
              "8",
              "20"
            ]
          }
        ]
      },
      "favorite_count" : "2",
      "id_str" : "1500000000000000002",
      "id" : "1500000000000000002",
      "retweet_count" : "1",
      "created_at" : "Sat Mar 05 07:02:16 +0000 2022",
      "full_text" : "hi #one &amp; all",
      "lang" : "en",
      "in_reply_to_status_id_str" : "1500000000000000000",
      "in_reply_to_status_id" : "1500000000000000000"
    }
  }
]